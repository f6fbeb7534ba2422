"""Records only ever raise a status, and only under the current key."""

from __future__ import annotations

import dataclasses
from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.binding.verdict import Unresolved, Verdict
from pv.contract.model import (
    Contract,
    Equation,
    Excuse,
    Falsifier,
    Implementation,
    Metadata,
    Mutant,
    Waiver,
    World,
)
from pv.evidence.digest import Key, Part
from pv.evidence.ledger import KILLED, CellRecord, Evidence, MutantRecord, Record
from pv.evidence.shown import shown_of
from pv.evidence.status import CLAIMS, Level, Standing, computed_status, static_ceiling

TODAY = date(2030, 1, 1)
IDS = ("FALSIFY-A-001", "FALSIFY-A-002", "FALSIFY-A-003")
KEY = Key({"impl": Part("new", {"a.py": "2", "b.py": "1"})})


def falsifier(name: str, **fields) -> Falsifier:
    given_fields = {"test": "falsifiers/test_a.py::falsify_a", "mutants": ("idle", "odd"), **fields}
    return Falsifier(id=name, rule="r", prediction="p", if_fails="i", **given_fields)


def mutant(name: str, target: str = "a:f", with_: str = "None") -> Mutant:
    return Mutant(id=name, target=target, replace="x + 1", with_=with_, why="w")


MUTANTS = (mutant("idle"), mutant("odd", with_="x - 1"))


def contract(*falsifiers: Falsifier, mutants=MUTANTS, **equations: Equation) -> Contract:
    return Contract(
        metadata=Metadata(version="1.0.0", description="d"),
        equations=equations,
        falsification_tests=falsifiers,
        mutants=mutants,
        implementations={"x": Implementation(target="a:f")},
    )


ALL = contract(*(falsifier(name) for name in IDS))
COVERED = contract(
    falsifier(IDS[0], covers=("e",)), e=Equation(formula="f", implementations=("x",))
)
BOTH = tuple(MutantRecord(mutant=m.id, implementation=None, verdict=KILLED) for m in MUTANTS)
EXTREME = MutantRecord(mutant="zeros", implementation="x", verdict=KILLED)


def record(name: str, *, key: str = "", **fields) -> Record:
    values = {
        "contract": "a-v1",
        "falsifier": name,
        "world": "cpu",
        "key": key or KEY.digest,
        "parts": {"impl": "new"},
        "files": {},
        "verdict": "passed",
        "cells": (),
        "functions": (),
        **fields,
    }
    return Record(**values)


def status(
    given_contract: Contract, records=(), committed=(), bindings=(), today=TODAY
) -> Standing:
    evidence = Evidence(tuple(committed), tuple(records))
    shown = {
        f.id: shown_of(given_contract, f, KEY, evidence, today)
        for f in given_contract.falsification_tests
    }
    return computed_status(given_contract, bindings, shown)


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from(IDS),
        key=st.sampled_from(["", "", "old"]),
        verdict=st.sampled_from(["passed", "passed", "failed", "skipped"]),
        world=st.sampled_from(["cpu", "gpu"]),
        mutants=st.sampled_from([(), BOTH[:1], BOTH]),
    ),
    max_size=8,
)


@given(RECORDS, RECORDS, st.data())
def test_removing_a_record_never_raises(local, committed, data):
    whole = status(ALL, local, committed).level
    for i in range(len(local)):
        assert status(ALL, local[:i] + local[i + 1 :], committed).level <= whole
    for i in range(len(committed)):
        assert status(ALL, local, committed[:i] + committed[i + 1 :]).level <= whole
    shuffled = data.draw(st.permutations(local))
    assert status(ALL, shuffled, committed).level is whole


@given(RECORDS)
def test_functional_only_where_every_falsifier_is_proven(records):
    level = status(ALL, records).level
    assert level <= static_ceiling(ALL, ()).level
    proven = [
        any(
            r.falsifier == name and r.key == KEY.digest and r.is_green and m in r.mutants
            for r in records
        )
        for name in IDS
        for m in BOTH
    ]
    assert (level is Level.FUNCTIONAL) is all(proven)


def test_no_records():
    standing = status(ALL)
    assert standing.level is Level.PROPOSED
    assert standing.reasons[0] == "FALSIFY-A-001: there is no record"
    assert not standing.is_refuted


def test_all_green():
    standing = status(ALL, [record(name) for name in IDS])
    assert standing.level is Level.PARTIAL_ALGORITHM_LEVEL
    assert standing.reasons == tuple(
        f"{name}: not shown to be able to fail; run `pv prove`" for name in IDS
    )
    assert not standing.is_refuted


def test_all_proven():
    standing = status(ALL, [record(name, mutants=BOTH) for name in IDS])
    assert standing.level is Level.FUNCTIONAL
    assert standing.reasons == ("no falsifier is live, so nothing shows it in the real world",)


def test_red_or_short_under_the_current_key_refutes():
    red = status(ALL, [record(name, verdict="failed") for name in IDS])
    assert (red.level, red.is_refuted) == (Level.PROPOSED, True)
    short = status(ALL, [record(name, mutants=BOTH[:1]) for name in IDS])
    assert (short.level, short.is_refuted) == (Level.PARTIAL_ALGORITHM_LEVEL, True)
    assert short.reasons[0].startswith("FALSIFY-A-001: odd not shown to be killed")


def test_stale_record_names_part_and_file():
    old = record(
        IDS[0],
        key="old",
        parts={"impl": "old"},
        files={"impl": {"a.py": "1", "b.py": "1"}},
        mutants=BOTH,
    )
    assert status(ALL, [old]).reasons[0] == "FALSIFY-A-001: stale(impl: a.py)"
    green = [record(name) for name in IDS]
    proof = "FALSIFY-A-001: its proof is stale(impl: a.py); run `pv prove`"
    assert status(ALL, green, [old]).reasons[0] == proof


def test_every_implementation_is_measured_and_proven():
    def cell(verdict: str) -> CellRecord:
        return CellRecord(implementation="x", dtype=None, verdict=verdict, cases=1, asserted=1)

    def shown(verdict: str, *mutants: MutantRecord) -> tuple[str, ...]:
        return status(COVERED, [record(IDS[0], cells=(cell(verdict),), mutants=mutants)]).reasons

    assert shown("passed", *BOTH, EXTREME)[0].startswith("no falsifier is live")
    assert shown("passed", *BOTH) == (f"{IDS[0]}: no extreme mutant of x killed",)
    assert shown("world-absent", *BOTH, EXTREME) == (f"{IDS[0]}: x not measured",)
    assert shown("passed", EXTREME)[0] == f"{IDS[0]}: idle, odd not shown to be killed"


def test_record_of_another_world_does_not_answer():
    on_gpu = contract(falsifier(IDS[0], world=World(backend="gpu")))
    assert status(on_gpu, [record(IDS[0])]).level is Level.PROPOSED
    shown = status(on_gpu, [record(IDS[0], world="gpu")])
    assert shown.level is Level.PARTIAL_ALGORITHM_LEVEL


def test_live_needs_a_committed_proof():
    live = contract(falsifier(IDS[0]), falsifier(IDS[1], level="live"))
    mine, theirs = record(IDS[0], mutants=BOTH), record(IDS[1], mutants=BOTH)
    assert status(live, [mine, theirs]).level is Level.FUNCTIONAL
    assert status(live, [mine], [record(IDS[1])]).level is Level.FUNCTIONAL
    assert status(live, [mine], [theirs]).level is Level.DISCHARGED


def test_contract_about_a_command_needs_an_integration_falsifier():
    about = contract(falsifier(IDS[0]), mutants=(mutant("idle", "tool.cli.main:run"), MUTANTS[1]))
    reasons = ("it is about a command, and no integration falsifier starts one",)
    assert status(about, [record(IDS[0], mutants=BOTH)]).reasons == reasons
    assert static_ceiling(about, ()) == Standing(Level.PARTIAL_ALGORITHM_LEVEL, reasons)

    def binding(level: str, *parameters: str) -> SimpleNamespace:
        function = SimpleNamespace(parameters=parameters)
        return SimpleNamespace(falsifier=falsifier(IDS[0], level=level), function=function)

    assert static_ceiling(about, [binding("integration", "tmp_path")]).reasons == reasons
    assert static_ceiling(about, [binding("algorithm", "cli")]).reasons == reasons
    assert static_ceiling(about, [binding("integration", "cli")]).level is Level.FUNCTIONAL


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (date(2030, 1, 31), Level.FUNCTIONAL),
        (date(2030, 2, 1), Level.PARTIAL_ALGORITHM_LEVEL),
    ],
)
def test_status_falls_when_a_waiver_expires(day, level):
    three = (*MUTANTS, mutant("same", with_="1 + x"))
    equivalent = Waiver(mutant="same", owner="o", reason="r", expires="2030-01-31")
    waived = dataclasses.replace(
        contract(falsifier(IDS[0], mutants=("idle", "odd", "same")), mutants=three),
        waivers=(equivalent,),
    )
    survivor = MutantRecord(mutant="same", implementation=None, verdict="SURVIVED-UNASSERTED")
    standing = status(waived, [record(IDS[0], mutants=(*BOTH, survivor))], today=day)
    assert standing.level is level


def test_falsifier_that_is_waived_keeps_the_contract_down():
    waiver = Waiver(falsifier=IDS[1], owner="o", reason="r", expires="2030-01-31")
    standing = status(
        dataclasses.replace(ALL, waivers=(waiver,)), [record(name, mutants=BOTH) for name in IDS]
    )
    assert standing.level is Level.PARTIAL_ALGORITHM_LEVEL
    assert standing.reasons == (f"{IDS[1]}: waived until 2030-01-31 by o",)
    assert standing.is_refuted


def test_times_do_not_matter():
    records = [record(name) for name in IDS]
    later = [dataclasses.replace(r, started="2099-01-01", seconds=9.0) for r in records]
    assert status(ALL, later) == status(ALL, records)


def test_red_run_here_contradicts_a_committed_record():
    committed, local = record(IDS[0], mutants=BOTH), record(IDS[0], verdict="failed")

    def contradiction(seen: Record) -> str:
        evidence = Evidence((committed,), (seen,))
        return shown_of(ALL, ALL.falsification_tests[0], KEY, evidence, TODAY).contradiction

    assert contradiction(local).startswith("FALSIFY-A-001 is green in evidence/a-v1/FALSIFY-A-001@")
    assert contradiction(dataclasses.replace(local, key="old")) == ""
    assert contradiction(dataclasses.replace(local, world="gpu")) == ""
    assert contradiction(record(IDS[0])) == ""


DANGLING = SimpleNamespace(
    falsifier=falsifier(IDS[0]), function=None, target=Unresolved(Verdict.MISSING, "gone")
)


@pytest.mark.parametrize(
    ("given_contract", "bindings", "level"),
    [
        (ALL, (), Level.FUNCTIONAL),
        (contract(), (), Level.PROPOSED),
        (contract(falsifier(IDS[0], test=None)), (), Level.PROPOSED),
        (ALL, (DANGLING,), Level.PROPOSED),
        (contract(falsifier(IDS[0], mutants=())), (), Level.PARTIAL_ALGORITHM_LEVEL),
        (
            contract(falsifier(IDS[0], excused=(Excuse(implementation="x", reason="slow"),))),
            (),
            Level.PARTIAL_ALGORITHM_LEVEL,
        ),
        (
            contract(falsifier(IDS[0]), e=Equation(formula="f", implementations=("x",))),
            (),
            Level.PARTIAL_ALGORITHM_LEVEL,
        ),
        (contract(falsifier(IDS[0], level="live")), (), Level.FUNCTIONAL),
    ],
)
def test_static_ceiling(given_contract, bindings, level):
    assert static_ceiling(given_contract, bindings).level is level


def test_fresh_live_record_lifts_the_ceiling():
    live = contract(falsifier(IDS[0], level="live"))
    assert static_ceiling(live, (), {IDS[0]}).level is Level.DISCHARGED


def test_claims():
    assert CLAIMS["DRAFT"] is Level.PROPOSED
    assert CLAIMS["SHIPPED"] is Level.PARTIAL_ALGORITHM_LEVEL
    assert CLAIMS["proved"] is Level.FUNCTIONAL
    assert CLAIMS["LIVE"] is Level.DISCHARGED
    assert {level.name for level in Level} <= set(CLAIMS)
