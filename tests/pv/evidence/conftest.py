"""A project whose key has every part, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from pv.cache import Cache
from pv.evidence.digest import Key
from pv.run.load import load_plan
from pv.run.record import planned_key
from pv.workspace import open_workspace

FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\npython_functions = ["falsify_*"]\n\n[tool.pv]\n',
    "shop/__init__.py": "",
    "shop/absval.py": 'from shop.sign import flip\n\n\ndef absval(x):\n    """Size."""\n'
    "    return x if x > 0 else flip(x)\n",
    "shop/sign.py": "def flip(x):\n    return -x  # the other way\n",
    "shop/unrelated.py": "def f():\n    return 1\n",
    "tools/__init__.py": "",
    "tools/__main__.py": "",
    "tools/late.py": "A = 1\n",
    "conftest.py": "LIMIT = 3\n",
    "falsifiers/helper.py": "def check(x):\n    assert x >= 0\n",
    "falsifiers/test_abs_v1.py": """\
from falsifiers.helper import check

LIMIT = 3


def falsify_abs_001_never_negative(falsifier, implementation):
    for x in range(-LIMIT, LIMIT):
        check(implementation(x=x))


def falsify_abs_002_command(cli):
    assert cli("tools").exit_code == 0
""",
    "contracts/abs-v1.yaml": """\
metadata:
  version: "1.0.0"
  description: absolute value
  references: [any textbook]
implementations:
  plain: {target: "shop.absval:absval"}
equations:
  absval:
    formula: "f(x) = |x|"
    signature: "(x)"
    domain: "x real"
    implementations: [plain]
falsification_tests:
- id: FALSIFY-ABS-001
  rule: never negative
  prediction: "f(x) >= 0"
  test: falsifiers/test_abs_v1.py::falsify_abs_001_never_negative
  covers: [absval]
  mutants: [sign-kept]
  if_fails: the sign survives
- id: FALSIFY-ABS-002
  rule: the command ends well
  prediction: "exit 0"
  test: falsifiers/test_abs_v1.py::falsify_abs_002_command
  if_fails: the command is broken
mutants:
- id: sign-kept
  target: "shop.absval:absval"
  replace: "flip(x)"
  with: "x"
  why: the negative branch returns its input
""",
}


class Tree:
    """A project that can be edited, and the keys of its falsifiers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, "utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1
        self.write(path, text.replace(old, new))

    def key(self, number: int = 1) -> Key:
        plan, index = load_plan(open_workspace(self.root))
        return planned_key(plan.falsifiers[number - 1], index)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(Cache, "for_root", classmethod(lambda cls, _root: cls()))
    return Tree(tmp_path)
