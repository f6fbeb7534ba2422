"""Proven: is a falsifier shown to be able to fail? One answer for proofs and for records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from pv.contract.model import Contract, Falsifier, Mutant
from pv.contract.waiver import in_force
from pv.evidence.ledger import MutantRecord
from pv.mutant import is_same_edit, makes_idle

# What a falsifier must kill that covers no equation, and so has no implementation whose result
# can be changed.
_LEAST_DECLARED = 2


def why_not_proven(
    contract: Contract, falsifier: Falsifier, mutants: Iterable[MutantRecord], today: date
) -> Iterator[str]:
    """What is missing before a green ``falsifier`` is believed; nothing where it is proven.

    One that is waived is not proven, whatever it kills.
    """
    waiver = in_force(contract, today).falsifiers.get(falsifier.id)
    if waiver is not None:
        yield f"waived until {waiver.expires} by {waiver.owner}"
    yield from what_is_missing(contract, falsifier, mutants, today)


def what_is_missing(
    contract: Contract, falsifier: Falsifier, mutants: Iterable[MutantRecord], today: date
) -> Iterator[str]:
    """What ``falsifier`` has not killed, its own waiver aside.

    One that covers equations kills all its declared mutants, one at least, and one extreme mutant
    of each implementation; one that covers none kills two declared ones, of which one makes its
    target do nothing. A mutant that is waived may survive; that is no kill.
    """
    mutants = tuple(mutants)
    killed = {m.mutant for m in mutants if m.is_killed and m.implementation is None}
    accepted = in_force(contract, today).mutants.keys() & _only_survived(mutants)
    missed = [name for name in falsifier.mutants if name not in killed | accepted]
    if missed:
        yield f"{', '.join(missed)} not shown to be killed"
    implementations = contract.implementations_of(falsifier)
    if not implementations:
        yield from _without_implementation([m for m in contract.mutants if m.id in killed])
        return
    if not killed:
        yield "no declared mutant killed"
    noticed = {m.implementation for m in mutants if m.is_killed}
    for name in implementations:
        if name not in noticed:
            yield f"no extreme mutant of {name} killed"


def _only_survived(mutants: Collection[MutantRecord]) -> set[str]:
    """Declared mutants that survived and came to no other end: those can be waived."""
    declared = [m for m in mutants if m.implementation is None]
    survived = {m.mutant for m in declared if m.has_survived}
    return survived - {m.mutant for m in declared if not m.has_survived}


def _without_implementation(killed: Collection[Mutant]) -> Iterator[str]:
    different = len(_different(killed))
    if different < _LEAST_DECLARED:
        yield f"{different} of {_LEAST_DECLARED} different declared mutants killed"
    elif not any(makes_idle(mutant.with_) for mutant in killed):
        yield "no mutant killed that makes its target do nothing"


def _different(mutants: Iterable[Mutant]) -> list[tuple[str, str, str]]:
    """The edits, each once: the same fault under two ids shows nothing more."""
    found: list[tuple[str, str, str]] = []
    for mutant in mutants:
        edit = (mutant.target, mutant.replace, mutant.with_)
        if not any(is_same_edit(edit, known) for known in found):
            found.append(edit)
    return found
