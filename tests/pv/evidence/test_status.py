"""Records only ever raise a status, and only under the current key."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.binding.verdict import Unresolved, Verdict
from pv.contract.model import Contract, Equation, Excuse, Falsifier, Metadata, World
from pv.evidence.digest import Key, Part
from pv.evidence.ledger import Record
from pv.evidence.status import CLAIMS, Level, computed_status, static_ceiling

IDS = ("FALSIFY-A-001", "FALSIFY-A-002", "FALSIFY-A-003")
KEY = Key({"impl": Part("new", {"a.py": "2", "b.py": "1"})})
KEYS = dict.fromkeys(IDS, KEY)


def falsifier(name: str, **fields) -> Falsifier:
    given_fields = {"test": "falsifiers/test_a.py::falsify_a", "mutants": ("m",), **fields}
    return Falsifier(id=name, rule="r", prediction="p", if_fails="i", **given_fields)


def contract(*falsifiers: Falsifier, **equations: Equation) -> Contract:
    return Contract(
        metadata=Metadata(version="1.0.0", description="d"),
        equations=equations,
        falsification_tests=falsifiers,
    )


ALL = contract(*(falsifier(name) for name in IDS))


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


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from(IDS),
        key=st.sampled_from(["", "old"]),
        verdict=st.sampled_from(["passed", "failed", "skipped"]),
        world=st.sampled_from(["cpu", "gpu"]),
    ),
    max_size=8,
)


@given(RECORDS, st.data())
def test_removing_a_record_never_raises(records, data):
    whole = computed_status(ALL, (), KEYS, records).level
    for i in range(len(records)):
        assert computed_status(ALL, (), KEYS, records[:i] + records[i + 1 :]).level <= whole
    shuffled = data.draw(st.permutations(records))
    assert computed_status(ALL, (), KEYS, shuffled).level is whole


@given(RECORDS)
def test_never_above_the_ceiling_nor_above_what_is_proven(records):
    level = computed_status(ALL, (), KEYS, records).level
    assert level <= min(static_ceiling(ALL, ()).level, Level.PARTIAL_ALGORITHM_LEVEL)


def test_no_records():
    standing = computed_status(ALL, (), KEYS, ())
    assert standing.level is Level.PROPOSED
    assert "there is no record" in standing.reasons[0]


def test_all_green():
    standing = computed_status(ALL, (), KEYS, [record(name) for name in IDS])
    assert standing.level is Level.PARTIAL_ALGORITHM_LEVEL
    assert standing.reasons == ("no mutant is proven to be caught yet",)


def test_stale_names_part_and_file():
    old = record(
        IDS[0], key="old", parts={"impl": "old"}, files={"impl": {"a.py": "1", "b.py": "1"}}
    )
    standing = computed_status(ALL, (), KEYS, [old])
    assert standing.reasons[0] == "FALSIFY-A-001: stale(impl: a.py)"


def test_record_of_another_world_does_not_answer():
    live = contract(falsifier(IDS[0], world=World(backend="gpu")))
    assert computed_status(live, (), KEYS, [record(IDS[0])]).level is Level.PROPOSED
    shown = computed_status(live, (), KEYS, [record(IDS[0], world="gpu")])
    assert shown.level is Level.PARTIAL_ALGORITHM_LEVEL


def test_times_do_not_matter():
    records = [record(name) for name in IDS]
    later = [dataclasses.replace(r, started="2099-01-01", seconds=9.0) for r in records]
    assert computed_status(ALL, (), KEYS, later) == computed_status(ALL, (), KEYS, records)


DANGLING = SimpleNamespace(
    falsifier=falsifier(IDS[0]), function=None, target=Unresolved(Verdict.MISSING, "gone")
)


@pytest.mark.parametrize(
    ("given_contract", "bindings", "level"),
    [
        (ALL, (), Level.DISCHARGED),
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
