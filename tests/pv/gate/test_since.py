"""What a branch weakens is found against the commit that it left its base at."""

from __future__ import annotations

import json

import pytest

from pv.exit_code import ExitCode, UsageError
from pv.gate import gate
from pv.gate.since import since
from pv.workspace import open_workspace

TWICE = "contracts/twice-v1.yaml"
RECORD = "evidence/twice-v1/FALSIFY-TWICE-001@cpu.json"


@pytest.fixture
def branch(proven):
    """A proven project on `main`, and a branch that can be edited."""
    proven.commit("proven")
    proven.git("checkout", "-qb", "branch")
    return proven


def found(repository, ref: str = "main") -> list[tuple[str, str]]:
    report = since(open_workspace(repository.root), ref)
    return [(finding.code, finding.subject) for finding in report.findings]


def test_nothing_is_weaker(branch):
    report = since(open_workspace(branch.root), "main")
    assert report.exit_code is ExitCode.CLEAN
    assert (report.denominators.contracts, report.denominators.declared) == (2, 2)


def test_contract_that_is_gone(branch):
    """H15: fewer falsifiers than at the base, and no reason given."""
    (branch.root / TWICE).unlink()
    assert found(branch) == [("PV-BASE-001", "twice-v1")]
    path = branch.root / "contracts/absval-v1.yaml"
    amended = "amendments:\n- {subject: twice-v1, reason: the function is gone as well}\n"
    path.write_text(path.read_text("utf-8") + amended, "utf-8")
    assert found(branch) == []
    branch.commit("twice is gone")
    branch.git("checkout", "-qb", "next")
    assert found(branch, "branch") == []


def test_mutant_that_need_not_be_caught(branch):
    """D15: weaker, until the contract says why."""
    branch.edit(TWICE, "  mutants: [wrong]\n", "")
    (finding,) = since(open_workspace(branch.root), "main").findings
    assert finding.code == "PV-BASE-010"
    assert finding.location.path == TWICE
    assert "amendments" in finding.suggestion
    branch.edit(
        TWICE,
        "mutants:\n",
        "amendments: [{subject: FALSIFY-TWICE-001, reason: no longer a fault}]\nmutants:\n",
    )
    assert found(branch) == []


def test_record_that_is_gone(branch):
    (branch.root / RECORD).unlink()
    assert found(branch) == [("PV-BASE-016", RECORD)]
    branch.prove()
    assert found(branch) == []


def test_record_whose_past_was_rewritten(branch):
    branch.edit("shop/twice.py", "x + x", "2 * x")
    branch.edit(TWICE, "x + x", "2 * x")
    branch.prove()
    assert found(branch) == []
    path = branch.root / RECORD
    data = json.loads(path.read_text("utf-8"))
    assert len(data["history"]) == 1
    path.write_text(json.dumps({**data, "history": []}), "utf-8")
    assert found(branch) == [("PV-BASE-017", RECORD)]


def test_what_the_base_gained_since_is_not_missed(branch):
    branch.git("checkout", "-q", "main")
    text = (branch.root / TWICE).read_text("utf-8")
    (branch.root / "contracts/double-v1.yaml").write_text(text.replace("TWICE", "DOUBLE"), "utf-8")
    branch.commit("one more contract")
    branch.git("checkout", "-q", "branch")
    assert found(branch) == []
    assert found(branch, "branch") == []


def test_base_without_contracts_judges_nothing(branch):
    branch.git("checkout", "-q", "--orphan", "bare")
    branch.git("rm", "-rq", "--cached", ".")
    branch.git("commit", "-qm", "nothing yet", "--allow-empty")
    branch.commit("everything")
    assert since(open_workspace(branch.root), "HEAD~1").exit_code is ExitCode.NOTHING_JUDGED
    with pytest.raises(UsageError, match="no commit in common with HEAD"):
        since(open_workspace(branch.root), "main")


def test_fault_that_is_no_longer_noticed(branch):
    """One assertion of two is gone: every quota is still met, but less is noticed."""
    test = "falsifiers/test_twice_v1.py"
    branch.edit(test, "(-2, 0, 3)", "(0,)")
    branch.edit(
        TWICE, "mutants:\n", "amendments: [{subject: x, reason: of something else}]\nmutants:\n"
    )
    branch.prove()
    kinds = [(code, subject.removeprefix("FALSIFY-TWICE-001 ")) for code, subject in found(branch)]
    assert kinds == [
        ("PV-BASE-018", "first-input of plain"),
        ("PV-BASE-018", "wrong"),
        ("PV-BASE-018", "zeros of plain"),
        ("PV-BASE-019", "asserted on plain"),
    ]
    messages = [finding.message for finding in since(open_workspace(branch.root), "main").findings]
    assert "wrong was KILLED and is SURVIVED-UNASSERTED" in messages[1]
    assert "evaluates 1 assertions on plain and evaluated 3" in messages[3]
    branch.edit(TWICE, "subject: x,", "subject: FALSIFY-TWICE-001,")
    assert found(branch) == []


def test_the_gate_compares_last_with_head(branch):
    workspace, options = open_workspace(branch.root), gate.Options()
    assert list(gate.STEPS)[-1] == "base"
    step = gate.take("base", workspace, options)
    assert step.exit_code is ExitCode.CLEAN
    assert step.text.startswith("compared with HEAD (")
    (branch.root / TWICE).unlink()
    step = gate.take("base", workspace, options)
    assert step.exit_code is ExitCode.FINDINGS
    assert step.data["findings"][0]["code"] == "PV-BASE-001"
    branch.commit("gone")
    assert gate.take("base", workspace, options).exit_code is ExitCode.CLEAN
    assert gate.take("base", workspace, gate.Options(base="main")).exit_code is ExitCode.FINDINGS
    unknown = gate.take("base", workspace, gate.Options(base="nowhere"))
    assert unknown.exit_code is ExitCode.USAGE


def test_project_that_is_new_is_weaker_than_nothing(repository):
    workspace = open_workspace(repository.root)
    step = gate.take("base", workspace, gate.Options())
    assert (step.exit_code, step.text.split(" ", 1)[0]) == (ExitCode.CLEAN, "nothing")
    repository.git("commit", "-qm", "empty", "--allow-empty")
    step = gate.take("base", workspace, gate.Options())
    assert (step.exit_code, step.text.split(" ", 1)[0]) == (ExitCode.CLEAN, "compared")
    asked = gate.take("base", workspace, gate.Options(base="HEAD"))
    assert asked.exit_code is ExitCode.NOTHING_JUDGED
