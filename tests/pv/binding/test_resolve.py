"""What the resolver says beside its verdict: hints, places, and that it never runs anything."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pv.binding.module import Function
from pv.binding.verdict import Unresolved, Verdict
from pv.rules.example import CONTRACT, GREEN, TEST, Example
from pv.rules.project import Project

NAME = "falsify_abs_001_never_negative"


ProjectOf = Callable[[Example], Project]
TargetOf = Callable[[Example], Function | Unresolved]


@pytest.fixture
def target_of(project_of: ProjectOf) -> TargetOf:
    """What the one citation of an example resolves to."""
    return lambda example: project_of(example).bindings[0].target


@pytest.mark.parametrize(
    ("example", "hint"),
    [
        (GREEN.edit(TEST, NAME, "falsify_abs_001_not_negative"), "falsify_abs_001_not_negative?"),
        (GREEN.edit(CONTRACT, "test_abs_v1.py", "test_abs_v2.py"), f"{TEST}::{NAME}"),
        (GREEN.edit(CONTRACT, f"::{NAME}", f"::TestAbs::{NAME}"), f"write {TEST}::{NAME}"),
    ],
)
def test_missing_test_names_the_nearest(example: Example, hint: str, target_of: TargetOf) -> None:
    target = target_of(example)
    assert isinstance(target, Unresolved)
    assert target.verdict is Verdict.MISSING
    assert target.suggestion.endswith(hint)


def test_comment_that_keeps_the_name_is_shown_for_what_it_is(target_of: TargetOf) -> None:
    target = target_of(GREEN.write(TEST, f"\n# {NAME} moved away\n"))
    assert isinstance(target, Unresolved)
    assert "the name stands in line 2, but not as a definition" in target.message


def test_rename_is_recognised_by_the_body_at_head(target_of: TargetOf, tmp_path: Path) -> None:
    target_of(GREEN)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], check=True)
    target = target_of(GREEN.edit(TEST, NAME, "falsify_quite_another_name"))
    assert isinstance(target, Unresolved)
    assert target.suggestion == (
        "it was renamed: its body at HEAD is now falsify_quite_another_name"
    )


def test_nothing_is_imported_or_run(target_of: TargetOf, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    example = GREEN.edit(TEST, "def falsify", f"{trap}\n\ndef falsify").write("conftest.py", trap)
    assert isinstance(target_of(example), Function)
    assert not (tmp_path / "ran").exists()


def test_link_out_of_the_project_is_refused(
    target_of: TargetOf, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "test_abs_v1.py"
    outside.write_text(str(GREEN.files[TEST]))
    (tmp_path / TEST).parent.mkdir()
    (tmp_path / TEST).symlink_to(outside)
    target = target_of(GREEN.remove(TEST))
    assert isinstance(target, Unresolved)
    assert target.verdict is Verdict.PATH_ESCAPE


def test_columns_count_characters(target_of: TargetOf, tmp_path: Path) -> None:
    example = GREEN.edit(TEST, "assert implementation(x=x)", 'assert "äöü" and implementation(x=x)')
    function = target_of(example.edit(TEST, ">= 0", '>= 0 or "é" == 12345'))
    assert isinstance(function, Function)
    (literal,) = [number for number in function.literals if number.value == 12345]
    line = (tmp_path / TEST).read_text().splitlines()[literal.span.line - 1]
    assert line[literal.span.column - 1 :].startswith("12345")


def test_file_of_arbitrary_bytes_is_a_verdict_not_a_crash(target_of: TargetOf) -> None:
    target = target_of(GREEN.write(TEST, b"def \x00\xff("))
    assert isinstance(target, Unresolved)
    assert target.verdict is Verdict.UNPARSABLE
