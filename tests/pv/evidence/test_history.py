"""Records are superseded and never dropped; saying the same again changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pv.evidence.history import extends, past, superseding
from pv.evidence.ledger import MutantRecord, Record

FIRST = Record(
    contract="abs-v1",
    falsifier="FALSIFY-ABS-001",
    world="cpu",
    key="first",
    parts={},
    files={},
    verdict="passed",
    cells=(),
    functions=(),
    started="2026-01-01",
)
SECOND = superseding(replace(FIRST, key="second"), FIRST)
THIRD = superseding(replace(FIRST, key="third", verdict="failed"), SECOND)


def test_history_grows():
    assert superseding(FIRST, None) == FIRST
    assert SECOND.history == (past(FIRST),)
    assert [entry.key for entry in THIRD.history] == ["first", "second"]


def test_the_same_again_is_the_record_before():
    again = replace(SECOND, history=(), started="2099-12-31", seconds=9.0, environment={"a": "b"})
    assert superseding(again, SECOND) is SECOND


def test_mutants_in_another_order_are_the_same():
    mutants = tuple(MutantRecord(mutant=m, implementation=None, verdict="KILLED") for m in "ab")
    before = replace(FIRST, mutants=mutants)
    assert superseding(replace(before, mutants=mutants[::-1]), before) is before
    assert superseding(replace(before, mutants=mutants[:1]), before).history


@pytest.mark.parametrize("base", [FIRST, SECOND, THIRD])
def test_extends_what_it_came_from(base):
    assert extends(THIRD, base)


@pytest.mark.parametrize(
    "rewritten",
    [
        FIRST,
        replace(THIRD, history=()),
        replace(THIRD, history=THIRD.history[1:]),
        replace(THIRD, history=(replace(THIRD.history[0], verdict="failed"), THIRD.history[1])),
        replace(SECOND, verdict="failed"),
    ],
)
def test_rewritten_past(rewritten):
    assert not extends(rewritten, SECOND)
