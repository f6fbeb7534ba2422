"""How many mutants a falsifier must kill before it is believed (design, section 5)."""

from __future__ import annotations

import pytest

from pv.contract.model import Contract, Equation, Falsifier, Implementation, Metadata, Mutant
from pv.evidence.ledger import KILLED, MutantRecord
from pv.evidence.proven import why_not_proven


def mutant(name: str, with_: str, target: str = "a:f") -> Mutant:
    return Mutant(id=name, target=target, replace="x + 1", with_=with_, why="w")


MUTANTS = (
    mutant("idle", "None"),
    mutant("idle-too", " None"),
    mutant("idle-there", "None", "a:g"),
    mutant("minus", "x - 1"),
    mutant("plus", "x + 2"),
)


def why(*names: str, covers=(), extremes=(), survivors=(), declared=None) -> list[str]:
    """Shortfalls of a falsifier that killed ``names`` and the ``extremes``."""
    falsifier = Falsifier(
        id="FALSIFY-A-001",
        rule="r",
        prediction="p",
        if_fails="i",
        covers=covers,
        mutants=(*names, *survivors) if declared is None else declared,
    )
    contract = Contract(
        metadata=Metadata(version="1.0.0", description="d"),
        equations={"e": Equation(formula="f", implementations=("one", "two"))},
        implementations={n: Implementation(target=f"a:{n}") for n in ("one", "two")},
        mutants=MUTANTS,
    )
    records = [MutantRecord(mutant=n, implementation=None, verdict=KILLED) for n in names]
    records += [
        MutantRecord(mutant=n, implementation=None, verdict="SURVIVED-UNASSERTED")
        for n in survivors
    ]
    records += [MutantRecord(mutant="nan", implementation=i, verdict=KILLED) for i in extremes]
    return list(why_not_proven(contract, falsifier, records))


@pytest.mark.parametrize("names", [("idle", "minus"), ("idle", "idle-there"), ("idle", "plus")])
def test_proven_without_covers(names):
    assert why(*names) == []


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ((), "0 of 2 different declared mutants killed"),
        (("idle",), "1 of 2 different declared mutants killed"),
        (("idle", "idle-too"), "1 of 2 different declared mutants killed"),
        (("minus", "plus"), "no mutant killed that makes its target do nothing"),
    ],
)
def test_not_proven_without_covers(names, reason):
    assert why(*names) == [reason]


def test_proven_with_covers():
    assert why("minus", covers=("e",), extremes=("one", "two")) == []


def test_every_implementation_has_an_extreme_kill():
    assert why("minus", covers=("e",), extremes=("one",)) == ["no extreme mutant of two killed"]


def test_extreme_kills_alone_are_not_enough():
    assert why(covers=("e",), extremes=("one", "two")) == ["no declared mutant killed"]


def test_every_declared_mutant_is_killed():
    assert why("idle", "minus", survivors=("plus",)) == ["plus not shown to be killed"]
    assert why("idle", "minus", declared=("idle", "minus", "plus")) == [
        "plus not shown to be killed"
    ]
