"""How many mutants a falsifier must kill before it is believed (design, section 5)."""

from __future__ import annotations

from datetime import date

import pytest

from pv.contract.model import (
    Contract,
    Equation,
    Falsifier,
    Implementation,
    Metadata,
    Mutant,
    Waiver,
)
from pv.evidence.ledger import KILLED, MutantRecord
from pv.evidence.proven import why_not_proven

TODAY = date(2030, 1, 1)


def waiver(expires: str = "2030-01-31", **keys: str) -> Waiver:
    return Waiver(**{"owner": "core team", "reason": "equivalent", "expires": expires, **keys})


def mutant(name: str, with_: str, target: str = "a:f") -> Mutant:
    return Mutant(id=name, target=target, replace="x + 1", with_=with_, why="w")


SURVIVED = "SURVIVED-UNASSERTED"
MUTANTS = (
    mutant("idle", "None"),
    mutant("idle-too", " None"),
    mutant("idle-there", "None", "a:g"),
    mutant("minus", "x - 1"),
    mutant("plus", "x + 2"),
    mutant("nan", "float('nan')"),
)


def why(
    *names: str,
    covers=(),
    extremes=(),
    survivors=(),
    declared=None,
    waivers=(),
    end=SURVIVED,
    more=(),
) -> list[str]:
    """Shortfalls of a falsifier that killed ``names`` and the ``extremes``.

    ``survivors`` came to another ``end``; ``more`` is what else was recorded.
    """
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
        falsification_tests=(falsifier,),
        mutants=MUTANTS,
        waivers=waivers,
    )
    records = [MutantRecord(mutant=n, implementation=None, verdict=KILLED) for n in names]
    records += [MutantRecord(mutant=n, implementation=None, verdict=end) for n in survivors]
    records += [MutantRecord(mutant="nan", implementation=i, verdict=KILLED) for i in extremes]
    records += more
    return list(why_not_proven(contract, falsifier, records, TODAY))


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


PLUS = waiver(mutant="plus")


@pytest.mark.parametrize("end", [SURVIVED, "SURVIVED-UNREACHED"])
def test_survival_that_is_waived_is_not_missed(end):
    assert why("idle", "minus", survivors=("plus",), waivers=(PLUS,), end=end) == []


@pytest.mark.parametrize(
    "end",
    ["VOID(no-op)", "WRONG-RED(setup)", "TIMEOUT", "BASELINE-RED(failed)", "SURVIVED-SOMEHOW"],
)
def test_nothing_but_survival_is_waived(end):
    reasons = ["plus not shown to be killed"]
    assert why("idle", "minus", survivors=("plus",), waivers=(PLUS,), end=end) == reasons


def test_waiver_of_another_mutant_waives_nothing():
    waivers = (waiver(mutant="minus"),)
    reasons = ["plus not shown to be killed"]
    assert why("idle", "minus", survivors=("plus",), waivers=waivers) == reasons


def test_mutant_that_was_not_tried_is_not_waived():
    reasons = why("idle", "minus", declared=("idle", "minus", "plus"), waivers=(PLUS,))
    assert reasons == ["plus not shown to be killed"]


def test_survivor_that_is_waived_is_no_kill():
    reasons = why("idle", survivors=("plus",), waivers=(PLUS,))
    assert reasons == ["1 of 2 different declared mutants killed"]
    covered = {"covers": ("e",), "extremes": ("one", "two")}
    reasons = why(survivors=("plus",), waivers=(PLUS,), **covered)
    assert reasons == ["no declared mutant killed"]


def test_waiver_of_a_mutant_does_not_speak_for_extreme_ones():
    named_like_one = waiver(mutant="nan")
    reasons = why("minus", covers=("e",), extremes=("one",), waivers=(named_like_one,))
    assert reasons == ["no extreme mutant of two killed"]

    survived = MutantRecord(mutant="nan", implementation="one", verdict=SURVIVED)
    declared = ("idle", "minus", "nan")
    reasons = why("idle", "minus", declared=declared, waivers=(named_like_one,), more=(survived,))
    assert reasons == ["nan not shown to be killed"]


def test_survivor_that_went_red_in_another_world_is_not_waived():
    red = MutantRecord(mutant="plus", implementation=None, verdict="WRONG-RED(setup)")
    reasons = why("idle", "minus", survivors=("plus",), waivers=(PLUS,), more=(red,))
    assert reasons == ["plus not shown to be killed"]


def test_falsifier_that_is_waived_is_not_proven():
    mine, other = waiver(falsifier="FALSIFY-A-001"), waiver(falsifier="FALSIFY-A-002")
    assert why("idle", "minus", waivers=(mine,)) == ["waived until 2030-01-31 by core team"]
    assert why("idle", "minus", waivers=(other,)) == []
    assert why("idle", waivers=(mine,)) == [
        "waived until 2030-01-31 by core team",
        "1 of 2 different declared mutants killed",
    ]


@pytest.mark.parametrize(
    "refused",
    [
        waiver("2029-12-31", mutant="plus"),
        waiver("2030-04-02", mutant="plus"),
        waiver("tomorrow", mutant="plus"),
        waiver(mutant="plus", owner=" "),
        waiver(mutant="plus", reason=""),
        waiver(mutant="plus", falsifier="FALSIFY-A-001"),
        waiver(),
    ],
)
def test_waiver_that_lint_refuses_waives_nothing(refused):
    reasons = ["plus not shown to be killed"]
    assert why("idle", "minus", survivors=("plus",), waivers=(refused,)) == reasons


@pytest.mark.parametrize("expires", ["2030-01-01", "2030-04-01"])
def test_waiver_counts_on_its_first_and_last_day(expires):
    waivers = (waiver(expires, mutant="plus"),)
    assert why("idle", "minus", survivors=("plus",), waivers=waivers) == []
