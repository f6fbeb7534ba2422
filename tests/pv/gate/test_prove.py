"""The gate proves what is stale and a tenth of the rest; what was shown is kept."""

from __future__ import annotations

import json

import pytest

from pv.evidence.status import Level
from pv.exit_code import ExitCode
from pv.gate import gate
from pv.proof import selftest as liars
from pv.proof.due import DRAWN, draw
from pv.proof.verdicts import Verdict
from pv.workspace import open_workspace
from tests.pv.gate.conftest import ABSVAL, TWICE

ONE_WORKER = gate.Options(workers=1)
RECORDS = ["FALSIFY-ABSVAL-001@cpu.json", "FALSIFY-TWICE-001@cpu.json"]


def stale(result) -> dict[str, str]:
    """Why falsifiers were replayed, but for the ones that were drawn."""
    return {key: why for key, why in result.why.items() if why != DRAWN}


@pytest.mark.parametrize(("number", "share"), [(0, 0), (1, 1), (10, 1), (11, 2), (95, 10)])
def test_a_tenth_is_drawn(number, share):
    assert len(draw([f"k{i}" for i in range(number)], "seed")) == share


def test_the_draw_follows_the_commit():
    keys = [f"k{i}" for i in range(20)]
    draws = [draw(keys, f"commit {i}") for i in range(100)]
    assert draw(list(reversed(keys)), "commit 0") == draws[0]
    assert {key for drawn in draws for key in drawn} == set(keys)


def test_first_proof_then_records(repository):
    first, changed = repository.prove(workers=0)
    assert stale(first) == {ABSVAL: "there is no record", TWICE: "there is no record"}
    assert changed == RECORDS
    assert first.proven == {ABSVAL, TWICE}
    assert first.exit_code is ExitCode.CLEAN

    second, changed = repository.prove()
    assert stale(second) == {}
    assert changed == []
    assert (second.denominators.replayed, second.denominators.recorded) == (1, 1)
    assert second.proven == {ABSVAL, TWICE}
    assert second.denominators.declared_killed == first.denominators.declared_killed == 2
    assert second.denominators.extreme_killed == first.denominators.extreme_killed
    assert set(second.by_contract) == {"absval-v1", "twice-v1"}
    assert [j.is_replayed for j in second.judgements].count(False) == len(second.judgements) / 2


def test_only_what_depends_on_an_edit_is_stale(proven):
    proven.edit("shop/twice.py", '"""Both."""', '"""Two of them."""')
    assert stale(proven.prove()[0]) == {}

    proven.edit("shop/sign.py", "-x", "0 - x")
    result, changed = proven.prove()
    assert stale(result) == {ABSVAL: "stale(impl: shop/sign.py)"}
    assert changed == RECORDS[:1]

    proven.edit("contracts/twice-v1.yaml", "three values", "three of the values")
    result, changed = proven.prove()
    assert stale(result) == {TWICE: "stale(contract)"}
    assert changed == RECORDS[1:]


def test_status_follows_the_records(repository):
    """D4, D12, D13: no evidence, and evidence older than code or contract, is declined."""
    for name in ("absval", "twice"):
        repository.edit(
            f"contracts/{name}-v1.yaml", "textbook]\n", "textbook]\n  status: FUNCTIONAL\n"
        )
    assert repository.status().exit_code is ExitCode.NOTHING_JUDGED
    repository.prove()
    report = repository.status()
    assert [s.computed.level for s in report.shown] == [Level.FUNCTIONAL] * 2
    assert report.exit_code is ExitCode.CLEAN

    repository.edit("shop/sign.py", "-x", "0 - x")
    repository.edit("contracts/twice-v1.yaml", "three values", "three of the values")
    report = repository.status()
    assert [s.computed.level for s in report.shown] == [Level.PROPOSED] * 2
    assert report.shown[0].computed.reasons == ("FALSIFY-ABSVAL-001: stale(impl: shop/sign.py)",)
    assert report.shown[1].computed.reasons == ("FALSIFY-TWICE-001: stale(contract)",)
    assert report.exit_code is ExitCode.NOTHING_JUDGED


def test_record_that_was_deleted_comes_back_as_it_was(proven):
    proven.commit("proven")
    path = proven.root / "evidence/absval-v1/FALSIFY-ABSVAL-001@cpu.json"
    before = path.read_bytes()
    path.unlink()
    result, changed = proven.prove()
    assert stale(result) == {ABSVAL: "there is no record"}
    assert changed == RECORDS[:1]
    assert path.read_bytes() == before


def test_history_holds_what_was_committed(proven):
    proven.commit("proven")
    path = proven.root / "evidence/absval-v1/FALSIFY-ABSVAL-001@cpu.json"
    first = json.loads(path.read_text("utf-8"))
    for old, new in (("-x", "0 - x"), ("0 - x", "-1 * x")):  # the first is never committed
        proven.edit("shop/sign.py", old, new)
        proven.prove()
    history = json.loads(path.read_text("utf-8"))["history"]
    assert [entry["key"] for entry in history] == [first["key"]]
    proven.edit("shop/sign.py", "-1 * x", "-x")
    proven.prove()
    assert json.loads(path.read_text("utf-8")) == first


def test_lost_assertion_is_found(proven):
    proven.edit("falsifiers/test_absval_v1.py", "== max(x, -x)", "is not None")
    result, changed = proven.prove()
    assert stale(result) == {ABSVAL: "stale(test: falsifiers/test_absval_v1.py)"}
    assert result.exit_code is ExitCode.FINDINGS
    assert "SURVIVED-UNASSERTED: FALSIFY-ABSVAL-001 wrong" in result.findings[0].message
    assert changed == RECORDS[:1]
    assert result.proven == {TWICE}
    # A record that shows too little is no reason not to look again.
    again, changed = proven.prove()
    assert ABSVAL in stale(again)
    assert again.exit_code is ExitCode.FINDINGS
    assert changed == []


def test_record_with_an_unknown_verdict_is_not_believed(proven):
    path = proven.root / "evidence/absval-v1/FALSIFY-ABSVAL-001@cpu.json"
    text = path.read_text("utf-8")
    data = json.loads(text)
    data["mutants"].append({**data["mutants"][0], "verdict": "MOSTLY", "mutant": "other"})
    path.write_text(json.dumps(data), "utf-8")
    result, _ = proven.prove()
    assert "cannot be believed" in stale(result)[ABSVAL]
    assert result.exit_code is ExitCode.CLEAN


def test_gate_counts_by_contract_and_in_total(repository):
    workspace = open_workspace(repository.root)
    step = gate.take("prove", workspace, ONE_WORKER)
    assert step.exit_code is ExitCode.CLEAN
    assert step.data["kept"] == [
        "evidence/absval-v1/FALSIFY-ABSVAL-001@cpu.json",
        "evidence/twice-v1/FALSIFY-TWICE-001@cpu.json",
    ]
    lines = step.text.splitlines()
    counts = (
        "bound 1 replayed 1 from record 0 proven 1 not measured 0 | declared mutants 1 killed 1"
    )
    assert f"absval-v1: falsifiers 1 {counts}" in lines[-3]
    assert f"twice-v1: falsifiers 1 {counts}" in lines[-2]
    assert "falsifiers 2 bound 2 replayed 2 from record 0 proven 2" in lines[-1]
    assert step.seconds > 0


def test_records_that_cannot_be_written_are_a_usage_error(repository):
    (repository.root / "evidence").write_text("in the way", "utf-8")
    step = gate.take("prove", open_workspace(repository.root), ONE_WORKER)
    assert step.exit_code is ExitCode.USAGE
    assert "cannot be kept" in step.text


def test_gate_that_believes_a_liar_is_an_internal_error(repository, monkeypatch):
    """H15: the tool's own positive control fails."""
    wrong = (("honest", "honest", "sign-kept", Verdict.TIMEOUT, ""),)
    monkeypatch.setattr(liars, "_LIARS", wrong)
    step = gate.take("prove", open_workspace(repository.root), ONE_WORKER)
    assert step.exit_code is ExitCode.INTERNAL
    assert "WRONG, it is TIMEOUT" in step.text
