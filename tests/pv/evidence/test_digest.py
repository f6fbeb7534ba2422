"""A key changes with what the result depends on, in that part, and with nothing else."""

from __future__ import annotations

import pytest

from pv.cache import Cache
from pv.evidence.code import code_digest

CONTRACT, TESTS = "contracts/abs-v1.yaml", "falsifiers/test_abs_v1.py"


def changed(tree, edit) -> dict[str, set[str]]:
    """Parts that differ after ``edit``, each with the files that differ."""
    before = tree.key()
    edit()
    after = tree.key()
    return {
        name: {
            path
            for path in {*before.parts[name].files, *part.files}
            if before.parts[name].files.get(path) != part.files.get(path)
        }
        for name, part in after.parts.items()
        if part.digest != before.parts[name].digest
    }


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("shop/absval.py", '"""Size."""', '"""How far from zero."""'),
        ("shop/sign.py", "  # the other way", ""),
        ("shop/unrelated.py", "return 1", "return 2"),
        (TESTS, 'cli("tools").exit_code == 0', 'cli("tools").exit_code == 1'),
        (CONTRACT, "metadata:", "# a comment\nmetadata:"),
        (CONTRACT, "  covers: [absval]\n  mutants: [sign-kept]", "  mutants: [sign-kept]\n"
         "  covers: [absval]"),
        (CONTRACT, "the command ends well", "the command ends"),
        ("tools/late.py", "A = 1", "A = 2"),
        (CONTRACT, "metadata:", "waivers:\n- {mutant: sign-kept, owner: me, reason: none, "
         "expires: 2030-01-01}\nmetadata:"),
    ],
)  # fmt: skip
def test_same_key(tree, path, old, new):
    assert changed(tree, lambda: tree.edit(path, old, new)) == {}


@pytest.mark.parametrize(
    ("path", "old", "new", "parts"),
    [
        ("shop/sign.py", "-x", "+x", {"impl": {"shop/sign.py"}}),
        ("shop/__init__.py", "", "A = 1\n", {"impl": {"shop/__init__.py"}}),
        (TESTS, "LIMIT = 3", "LIMIT = 4", {"test": {TESTS}}),
        ("falsifiers/helper.py", ">=", ">", {"test": {"falsifiers/helper.py"}}),
        ("conftest.py", "3", "4", {"test": {"conftest.py"}}),
        (CONTRACT, '"f(x) >= 0"', '"f(x) > 0"', {"contract": set()}),
        (CONTRACT, '"f(x) = |x|"', '"f(x) = x"', {"contract": set()}),
        (CONTRACT, '"flip(x)"', '"x > 0"', {"mutants": set()}),
    ],
)
def test_other_key(tree, path, old, new, parts):
    edit = (lambda: tree.edit(path, old, new)) if old else (lambda: tree.write(path, new))
    assert changed(tree, edit) == parts


def test_command_reaches_its_whole_package(tree):
    assert set(tree.key(2).parts["impl"].files) == {
        "tools/__init__.py", "tools/__main__.py", "tools/late.py"
    }  # fmt: skip


def test_tool_is_a_part(tree):
    assert "pv/run/judge.py" in tree.key().parts["tool"].files


def test_constants_differ_by_type():
    sources = [f"A = {text}\n" for text in ("0", "False", "''", "b''", "None", "0.0", "-0.0", "()")]
    assert len({code_digest(source.encode(), Cache()) for source in sources}) == len(sources)


def test_digest_is_the_same_on_every_python():
    source = b"""def f(x: int, /) -> str:\n    return f"{x!r:>{len('a')}} {x=} " f'"{x}"'\n"""
    assert code_digest(source, Cache()).startswith("45c3c4c8f01c")
