"""Rule 14: a survivor is accepted by a waiver with owner, reason and deadline, or is a finding."""

from __future__ import annotations

import json
from datetime import date

import pytest

from pv.cache import Cache
from pv.contract import clock
from pv.evidence.ledger import read_evidence
from pv.evidence.standing import standing
from pv.evidence.status import Level
from pv.exit_code import ExitCode
from pv.proof import as_json, text
from pv.proof.due import draw, prove_due
from pv.proof.outcome import ProofResult
from pv.proof.record import keep
from pv.run.load import load_plan
from pv.workspace import open_workspace
from tests.pv.proof.conftest import GOOD, falsifier, mutant, words

SUBJECT = "def absval(x):\n    return x if x >= 0 else -x\n"
MUTANTS = [
    mutant("sign-kept"),
    mutant("nothing", replace="x if x >= 0 else -x", **{"with": "None"}),
    mutant("equivalent", replace="x >= 0", **{"with": "x > 0"}),
]
ALL = ["sign-kept", "nothing", "equivalent"]
KEY = "abs-v1/FALSIFY-ABS-001"
REASON = "0 and -0 are one integer"

COVERING = [falsifier(1, "sign-kept", covers=["absval"])]
BLIND = "def falsify_abs_001_good(implementation):\n    assert implementation(x=-2) is not 7.5\n"
SHARP = "def falsify_abs_001_good(implementation):\n    assert implementation(x=-2) == 2\n"


def waiver(**keys: str) -> dict[str, str]:
    return {"owner": "core team", "reason": REASON, "expires": "2030-01-31", **keys}


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2030, 1, 1))


def codes(result: ProofResult) -> list[str]:
    return [finding.code for finding in result.findings]


def prove_all(prove_project, *waivers: dict, tests: str = GOOD) -> ProofResult:
    return prove_project([falsifier(1, *ALL)], MUTANTS, tests, SUBJECT, waivers=waivers)


def test_survivor_without_a_waiver_is_a_finding(prove_project):
    result = prove_all(prove_project)
    assert words(result)["equivalent"] == "SURVIVED-UNASSERTED"
    assert codes(result) == ["PV-PROVE-002"]
    assert (result.proven, result.waived) == (set(), ())


def test_survivor_with_a_waiver_is_shown_and_no_finding(prove_project):
    result = prove_all(prove_project, waiver(mutant="equivalent"))
    assert words(result)["equivalent"] == "SURVIVED-UNASSERTED"
    assert codes(result) == []
    assert result.exit_code is ExitCode.CLEAN
    assert result.proven == {KEY}
    line = f"waived FALSIFY-ABS-001 equivalent until 2030-01-31 (core team): {REASON}"
    assert line in text.render(result).splitlines()
    assert line in text.brief(result).splitlines()
    assert json.loads(as_json.render(result))["waived"] == [
        {
            "contract": "abs-v1",
            "falsifier": "FALSIFY-ABS-001",
            "mutant": "equivalent",
            "expires": "2030-01-31",
            "owner": "core team",
            "reason": REASON,
        }
    ]


def test_survivor_that_is_waived_is_no_kill(prove_project):
    result = prove_project(
        [falsifier(1, "sign-kept", "equivalent")],
        MUTANTS,
        subject=SUBJECT,
        waivers=[waiver(mutant="equivalent")],
    )
    assert codes(result) == []
    assert result.shortfalls == {KEY: ("1 of 2 different declared mutants killed",)}


def test_waiver_has_no_effect_after_its_last_day(prove_project, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2030, 2, 1))
    result = prove_all(prove_project, waiver(mutant="equivalent"))
    assert codes(result) == ["PV-PROVE-002"]
    assert (result.proven, result.waived) == (set(), ())


def test_waiver_of_a_mutant_that_everybody_notices_is_unused(prove_project):
    waivers = [waiver(mutant="equivalent"), waiver(mutant="sign-kept")]
    result = prove_all(prove_project, *waivers)
    assert codes(result) == ["PV-PROVE-008"]
    (finding,) = result.findings
    written = (finding.location.path, finding.subject)
    assert written == ("contracts/abs-v1.yaml", "sign-kept")
    assert result.exit_code is ExitCode.FINDINGS


def test_unused_waiver_is_found_at_its_place(prove_project, tmp_path):
    result = prove_all(prove_project, waiver(mutant="equivalent"), waiver(mutant="sign-kept"))
    lines = (tmp_path / "contracts/abs-v1.yaml").read_text("utf-8").splitlines()
    place = result.findings[0].location
    assert "mutant: sign-kept" in "\n".join(lines[place.line - 1 : place.end_line])
    assert "mutant: equivalent" not in "\n".join(lines[place.line - 1 : place.end_line])


TWO = (
    GOOD
    + """

def falsify_abs_002_good():
    assert absval(-2) > 1
"""
)


def test_waiver_is_used_where_one_of_two_falsifiers_lets_the_fault_through(prove_project):
    off = mutant("off", **{"with": "-x + 1"})
    entries = [falsifier(1, "off"), falsifier(2, "off")]
    result = prove_project(entries, [off], TWO, SUBJECT, waivers=[waiver(mutant="off")])
    assert [j.word for j in result.judgements] == ["KILLED", "SURVIVED-UNASSERTED"]
    assert codes(result) == []
    assert [w.falsifier for w in result.waived] == ["FALSIFY-ABS-002"]


def test_survivor_is_waived_before_every_falsifier_that_cites_it(prove_project):
    entries = [falsifier(1, "equivalent"), falsifier(2, "equivalent")]
    waivers = [waiver(mutant="equivalent")]
    result = prove_project(entries, MUTANTS, TWO, SUBJECT, waivers=waivers)
    assert codes(result) == []
    assert [w.falsifier for w in result.waived] == ["FALSIFY-ABS-001", "FALSIFY-ABS-002"]


def test_waiver_is_unused_only_where_all_who_cite_the_mutant_were_judged(prove_project):
    entries = [falsifier(1, "sign-kept"), falsifier(2, "sign-kept")]
    waivers = [waiver(mutant="sign-kept")]
    assert codes(prove_project(entries, MUTANTS, TWO, SUBJECT, waivers=waivers)) == ["PV-PROVE-008"]
    entries[1]["test"] = None
    waivers.append(waiver(falsifier="FALSIFY-ABS-002"))
    result = prove_project(entries, MUTANTS, TWO, SUBJECT, waivers=waivers)
    assert [j.word for j in result.judgements] == ["KILLED"]
    assert (codes(result), result.waived) == ([], ())


def test_falsifiers_that_do_not_cite_the_mutant_do_not_matter(prove_project):
    entries = [falsifier(1, "sign-kept"), falsifier(2, "equivalent")]
    waivers = [waiver(mutant="sign-kept"), waiver(mutant="equivalent")]
    result = prove_project(entries, MUTANTS, TWO, SUBJECT, waivers=waivers)
    assert [finding.subject for finding in result.findings] == ["sign-kept"]


@pytest.mark.parametrize(
    ("keys", "tests", "word", "code"),
    [
        ({"replace": "gone"}, GOOD, "VOID(missing)", "PV-PROVE-004"),
        ({"with": "[][x]"}, GOOD, "WRONG-RED(exception)", "PV-PROVE-003"),
        ({}, GOOD.replace("== 2", "== 3"), "BASELINE-RED(failed)", "PV-PROVE-005"),
    ],
)
@pytest.mark.parametrize("subject", [{"mutant": "sign-kept"}, {"falsifier": "FALSIFY-ABS-001"}])
def test_red_and_void_cannot_be_waived(prove_project, keys, tests, word, code, subject):
    entries, mutants = [falsifier(1, "sign-kept")], [mutant(**keys)]
    result = prove_project(entries, mutants, tests, SUBJECT, waivers=[waiver(**subject)])
    assert words(result) == {"sign-kept": word}
    assert codes(result) == [code]
    assert result.exit_code is ExitCode.FINDINGS


def test_falsifier_that_is_waived_has_no_findings_and_is_not_proven(prove_project):
    def run(*waivers: dict) -> ProofResult:
        return prove_project(COVERING, [mutant()], BLIND, SUBJECT, waivers=waivers)

    assert sorted(codes(run())) == ["PV-PROVE-002", "PV-PROVE-007"]
    result = run(waiver(falsifier="FALSIFY-ABS-001"))
    assert codes(result) == []
    assert result.exit_code is ExitCode.CLEAN
    assert result.proven == set()
    assert result.shortfalls[KEY][0] == "waived until 2030-01-31 by core team"
    line = f"waived FALSIFY-ABS-001 until 2030-01-31 (core team): {REASON}"
    assert line in text.render(result).splitlines()


def test_waiver_of_a_proven_falsifier_is_unused(prove_project):
    waivers = [waiver(falsifier="FALSIFY-ABS-001")]
    result = prove_project(COVERING, [mutant()], SHARP, SUBJECT, waivers=waivers)
    assert codes(result) == ["PV-PROVE-008"]
    assert result.waived == ()
    assert result.proven == set()


def test_waiver_of_a_mutant_does_not_speak_for_an_extreme_one(prove_project):
    """`zeros` is also what the tool calls one of its own faults."""
    mutants = [mutant(), mutant("zeros", replace="x >= 0", **{"with": "x > 0"})]
    entries = [falsifier(1, "sign-kept", "zeros", covers=["absval"])]
    tests = BLIND.replace("is not 7.5", "!= -2")
    result = prove_project(entries, mutants, tests, SUBJECT, waivers=[waiver(mutant="zeros")])
    assert [w.mutant for w in result.waived] == ["zeros"]
    assert codes(result) == []
    result = prove_project(entries, mutants, BLIND, SUBJECT, waivers=[waiver(mutant="zeros")])
    assert sorted(codes(result)) == ["PV-PROVE-002", "PV-PROVE-007"]
    assert [w.mutant for w in result.waived] == ["zeros"]


def test_an_extreme_mutant_does_not_speak_for_the_waiver_of_a_declared_one(prove_project):
    entries = [falsifier(1, "zeros", covers=["absval"])]
    tests = BLIND.replace("is not 7.5", "!= -2")
    mutants = [mutant("zeros")]
    result = prove_project(entries, mutants, tests, SUBJECT, waivers=[waiver(mutant="zeros")])
    ends = {j.is_extreme: j.word for j in result.judgements if j.mutant == "zeros"}
    assert ends == {False: "KILLED", True: "SURVIVED-UNASSERTED"}
    assert codes(result) == ["PV-PROVE-008"]


def due(root, seed: str) -> ProofResult:
    """What the gate proves."""
    plan, index = load_plan(open_workspace(root))
    index.cache = Cache()
    return prove_due(plan, index, read_evidence(root), seed=seed, workers=1)


def level(root, day: date) -> Level:
    plan, index = load_plan(open_workspace(root))
    bindings = [binding for planned in plan.falsifiers for binding in planned.bindings]
    index.cache = Cache()
    shown = standing(plan.contracts[0], bindings, read_evidence(root), index, day)
    assert shown is not None
    return shown.computed.level


def seed_that_leaves(key: str, keys: list[str]) -> str:
    return next(str(i) for i in range(100) if key not in draw(keys, str(i)))


def test_gate_and_status_read_waivers_beside_records(prove_project, tmp_path, monkeypatch):
    tests = f"{SHARP}\n\n{SHARP.replace('001', '002')}"
    covers = {"covers": ["absval"]}
    entries = [falsifier(1, *ALL, **covers), falsifier(2, "sign-kept", **covers)]
    waivers = [waiver(mutant="equivalent"), waiver(mutant="sign-kept")]
    first = prove_project(entries, MUTANTS, tests, SUBJECT, waivers=waivers)
    keep(first.records, tmp_path)
    assert first.proven == {KEY, KEY.replace("001", "002")}
    assert level(tmp_path, date(2030, 1, 31)) is Level.FUNCTIONAL
    assert level(tmp_path, date(2030, 2, 1)) is Level.PARTIAL_ALGORITHM_LEVEL

    result = due(tmp_path, seed_that_leaves(KEY, sorted(first.proven)))
    assert (result.denominators.replayed, result.denominators.recorded) == (1, 1)
    assert [w.mutant for w in result.waived] == ["equivalent"]
    assert codes(result) == ["PV-PROVE-008"]  # judged by a replay and a record together
    assert result.proven == first.proven

    monkeypatch.setattr(clock, "today", lambda: date(2030, 2, 1))
    result = due(tmp_path, "0")
    assert KEY in result.why
    assert codes(result) == ["PV-PROVE-002"]
    assert result.waived == ()


def test_gate_tells_an_unused_waiver_once(prove_project, tmp_path):
    waivers = [waiver(falsifier="FALSIFY-ABS-001")]
    keep(prove_project(COVERING, [mutant()], SHARP, SUBJECT, waivers=waivers).records, tmp_path)
    assert codes(due(tmp_path, "0")) == ["PV-PROVE-008"]
