"""A repository with two contracts, and the gate's proof of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pv.gate.prove import prove
from pv.gate.status import status
from pv.proof.outcome import ProofResult
from pv.report.status import StatusReport
from pv.workspace import open_workspace

_CONTRACT = """\
metadata:
  version: "1.0.0"
  description: {name}
  references: [any textbook]
implementations:
  plain: {{target: "shop.{name}:{name}"}}
equations:
  {name}:
    formula: "f(x) = {formula}"
    signature: "(x)"
    domain: "x real"
    implementations: [plain]
falsification_tests:
- id: FALSIFY-{id}-001
  rule: right
  prediction: "three values"
  test: falsifiers/test_{name}_v1.py::falsify_{name}_001_right
  covers: [{name}]
  mutants: [wrong]
  if_fails: it is wrong
mutants:
- {{id: wrong, target: "shop.{name}:{name}", replace: "{old}", with: "x", why: a fault}}
"""

_TEST = """\
def falsify_{name}_001_right(implementation):
    for x in (-2, 0, 3):
        assert implementation(x=x) == {right}
"""

FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\npython_functions = ["falsify_*"]\n\n[tool.pv]\n',
    ".gitignore": ".pv/\n__pycache__/\n",
    "shop/__init__.py": "",
    "shop/sign.py": "def flip(x):\n    return -x\n",
    "shop/absval.py": "from shop.sign import flip\n\n\ndef absval(x):\n"
    "    return x if x > 0 else flip(x)\n",
    "shop/twice.py": 'def twice(x):\n    """Both."""\n    return x + x\n',
    "contracts/absval-v1.yaml": _CONTRACT.format(
        name="absval", id="ABSVAL", formula="|x|", old="flip(x)"
    ),
    "contracts/twice-v1.yaml": _CONTRACT.format(
        name="twice", id="TWICE", formula="2 x", old="x + x"
    ),
    "falsifiers/test_absval_v1.py": _TEST.format(name="absval", right="max(x, -x)"),
    "falsifiers/test_twice_v1.py": _TEST.format(name="twice", right="2 * x"),
}
ABSVAL, TWICE = "absval-v1/FALSIFY-ABSVAL-001", "twice-v1/FALSIFY-TWICE-001"


class Repository:
    """A project under git that can be edited."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, text in FILES.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text, "utf-8")
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1
        (self.root / path).write_text(text.replace(old, new), "utf-8")

    def prove(self, workers: int = 1) -> tuple[ProofResult, list[str]]:
        """What the gate's step finds, and the names of the records that changed."""
        result, changed = prove(open_workspace(self.root), workers)
        return result, [path.name for path in changed]

    def status(self) -> StatusReport:
        return status(open_workspace(self.root))


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    root.mkdir()
    return Repository(root)


@pytest.fixture(scope="session")
def _records(tmp_path_factory):
    """The records of the project as it is written: no record depends on where it lies."""
    root = tmp_path_factory.mktemp("proven")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        Repository(root).prove()
    return root / "evidence"


@pytest.fixture
def proven(repository, _records):
    """A repository whose falsifiers are all proven; nothing is committed yet."""
    shutil.copytree(_records, repository.root / "evidence")
    return repository
