"""Faults that a process must be born with: what runs at import, and in commands."""

from __future__ import annotations

import hashlib
import marshal
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import pytest

from pv.proof.prove import prove
from tests.pv.proof.conftest import contract, falsifier, mutant
from tests.pv.run.conftest import write_project

SUBJECT = """\
from dataclasses import dataclass

SCALE = 1 + 0


@dataclass
class Options:
    sign: int = 1


def absval(x, _=[1]):
    return SCALE * Options().sign * (x if x > 0 else -x)


if __name__ == "__main__":
    import sys
    print(absval(int(sys.argv[1])))
"""

TESTS = """
from absval import absval


def falsify_abs_001_good():
    assert absval(-2) == 2


def falsify_abs_002_command(cli):
    done = cli("absval", "-2")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "2\\n", "")


def falsify_abs_003_truthy():
    assert absval(-2)


def falsify_abs_004_elsewhere(cli):
    assert cli("absval", "2").stdout == "2\\n"
"""

AT_IMPORT = [
    mutant("constant", target="absval:SCALE", replace="1 + 0", **{"with": "2"}),
    mutant("class-body", target="absval:Options", replace="1", **{"with": "2"}),
    mutant("decorator", target="absval:Options", replace="sign: int = 1", **{"with": "pass"}),
]


def digests(root: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def compiled_subjects(root: Path) -> list[CodeType]:
    """Code that Python keeps of absval.py, behind a header that holds the source's time."""
    return [marshal.loads(path.read_bytes()[16:]) for path in root.rglob("absval.*.pyc")]


class Proven(NamedTuple):
    root: Path
    before: dict[str, str]
    words: dict[tuple[str, str], str]
    """Verdicts by falsifier and mutant."""


@pytest.fixture(scope="module")
def proven(tmp_path_factory) -> Proven:
    # Each has its own contract, so that no sibling notices what it does not.
    contracts = {
        "abs": [falsifier(1, "sign-kept", *[entry["id"] for entry in AT_IMPORT])],
        "command": [falsifier(2, "sign-kept", "constant", name="command")],
        "survivor": [falsifier(3, "constant", name="truthy")],
        "elsewhere": [falsifier(4, "sign-kept", name="elsewhere")],
    }
    mutants = [mutant(), *AT_IMPORT]
    files = {f"contracts/{name}-v1.yaml": contract(f, mutants) for name, f in contracts.items()}
    root = tmp_path_factory.mktemp("proven")
    write_project(root, {"absval.py": SUBJECT, "falsifiers/test_abs.py": TESTS, **files})
    before = digests(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        result = prove(root, workers=1)
    found = {(j.falsifier[-3:], j.mutant): j.word for j in result.judgements if not j.is_extreme}
    return Proven(root, before, found)


def test_what_runs_at_import(proven):
    names = ("constant", "class-body", "decorator")
    words = [proven.words["001", name] for name in names]
    assert words == ["KILLED", "KILLED", "WRONG-RED(exception)"]


def test_survivor_at_import_was_reached(proven):
    assert proven.words["003", "constant"] == "SURVIVED-UNASSERTED"


@pytest.mark.parametrize("name", ["sign-kept", "constant"])
def test_command_runs_the_faulty_code(proven, name):
    assert proven.words["002", name] == "KILLED"


def test_command_that_does_not_reach_the_fault(proven):
    assert proven.words["004", "sign-kept"] == "SURVIVED-UNREACHED"


def test_no_file_of_the_project_changes(proven):
    assert digests(proven.root) == proven.before
    clean = compile(SUBJECT, "absval.py", "exec", dont_inherit=True)
    assert compiled_subjects(proven.root) == [clean]
