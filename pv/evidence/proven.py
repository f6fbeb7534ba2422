"""Proven: is a falsifier shown to be able to fail? One answer for proofs and for records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pv.contract.model import Contract, Falsifier, Mutant
from pv.evidence.ledger import MutantRecord
from pv.mutant import is_same_edit, makes_idle

# What a falsifier must kill that covers no equation, and so has no implementation whose result
# can be changed.
_LEAST_DECLARED = 2


def why_not_proven(
    contract: Contract, falsifier: Falsifier, mutants: Iterable[MutantRecord]
) -> Iterator[str]:
    """What is missing before a green ``falsifier`` is believed; nothing where it is proven.

    One that covers equations kills all its declared mutants, one at least, and one extreme mutant
    of each implementation; one that covers none kills two declared ones, of which one makes its
    target do nothing.
    """
    mutants = tuple(mutants)
    killed = {m.mutant for m in mutants if m.is_killed and m.implementation is None}
    missed = [name for name in falsifier.mutants if name not in killed]
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
