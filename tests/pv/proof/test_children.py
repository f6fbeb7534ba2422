"""Faults that a process must be born with: what runs at import, in commands, and in pv itself."""

from __future__ import annotations

import hashlib
import marshal
from pathlib import Path
from types import CodeType

from tests.pv.proof.conftest import falsifier, mutant, words

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


def test_what_runs_at_import(tmp_path, prove_project):
    names = [entry["id"] for entry in AT_IMPORT]
    result = prove_project([falsifier(1, *names)], AT_IMPORT, TESTS, SUBJECT)
    assert words(result) == {
        "constant": "KILLED",
        "class-body": "KILLED",
        "decorator": "WRONG-RED(exception)",
    }


def test_survivor_at_import_was_reached(prove_project):
    tests = "from absval import absval\n\ndef falsify_abs_001_good():\n    assert absval(-2)\n"
    result = prove_project([falsifier(1, "constant")], AT_IMPORT[:1], tests, SUBJECT)
    assert words(result) == {"constant": "SURVIVED-UNASSERTED"}


def test_command_runs_the_faulty_code(tmp_path, prove_project):
    mutants = [mutant(), mutant("unused", target="absval:SCALE", replace="1 + 0", **{"with": "2"})]
    entries = [falsifier(2, "sign-kept", "unused", name="command")]
    result = prove_project(entries, mutants, TESTS, SUBJECT)
    assert words(result) == {"sign-kept": "KILLED", "unused": "KILLED"}


def test_command_that_does_not_reach_the_fault(prove_project):
    tests = TESTS.replace('"-2"', '"2"')
    result = prove_project([falsifier(2, "sign-kept", name="command")], [mutant()], tests, SUBJECT)
    assert words(result) == {"sign-kept": "SURVIVED-UNREACHED"}


def test_target_in_pv_is_proved_through_its_commands(tmp_path, prove_project):
    tests = """
def falsify_abs_001_good(cli, tmp_path):
    (tmp_path / "bad.yaml").write_text("metadata: 1")
    assert cli("pv", "validate", tmp_path / "bad.yaml").exit_code == 1


def falsify_abs_002_in_process():
    from pv.exit_code import worst, ExitCode
    assert worst([ExitCode.CLEAN, ExitCode.FINDINGS]) is ExitCode.FINDINGS
"""
    names = ("finds-nothing", "best-for-worst")
    mutants = [
        mutant(
            names[0],
            target="pv.gate.check:validate",
            replace="judgement.findings",
            **{"with": "()"},
        ),
        mutant(names[1], target="pv.exit_code:worst", replace="min", **{"with": "max"}),
    ]
    entries = [falsifier(1, names[0]), falsifier(2, names[1], name="in_process")]
    root = Path(__file__).parents[3]
    (tmp_path / "pv").symlink_to(root / "pv")
    result = prove_project(entries, mutants, tests)
    assert words(result) == dict.fromkeys(names, "KILLED")


def test_no_file_of_the_project_changes(tmp_path, prove_project, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    mutants = [mutant(), *AT_IMPORT]
    entries = [
        falsifier(1, *[entry["id"] for entry in mutants]),
        falsifier(2, "sign-kept", name="command"),
    ]
    prove_project(entries, [mutant(), *AT_IMPORT], TESTS, SUBJECT)
    before = digests(tmp_path)
    prove_project(entries, [mutant(), *AT_IMPORT], TESTS, SUBJECT)
    assert digests(tmp_path) == before
    clean = compile(SUBJECT, "absval.py", "exec", dont_inherit=True)
    assert compiled_subjects(tmp_path) == [clean]
