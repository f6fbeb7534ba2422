"""Status: what can be claimed for a contract, from its bindings and records alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from pv.binding.resolve import Binding
from pv.contract.model import Contract, Falsifier
from pv.evidence.digest import Key
from pv.evidence.ledger import Record


class Level(IntEnum):
    """The status words in their order."""

    PROPOSED = 0
    PARTIAL_ALGORITHM_LEVEL = 1
    FUNCTIONAL = 2
    DISCHARGED = 3


_WORDS = {
    Level.PROPOSED: (
        "BLOCKER_FIXTURE_ABSENT DRAFT LIVE-PENDING PLANNED PROPOSED UNBOUND not_implemented "
        "pending sorry stub wip"
    ),
    Level.PARTIAL_ALGORITHM_LEVEL: (
        "ACTIVE ACTIVE_ALGORITHM_LEVEL AUTHORED PARTIAL_ALGORITHM_LEVEL READ-COMPILE-BIND SHIPPED "
        "partial"
    ),
    Level.FUNCTIONAL: "ACTIVE_FUNCTIONAL ENFORCED FUNCTIONAL INTEGRATION MERGED implemented proved",
    Level.DISCHARGED: "ACTIVE_RUNTIME DISCHARGED FULL_DISCHARGED LIVE MEASURED",
}

# Least level that justifies a declared word; a word that is not here is an error.
CLAIMS: Mapping[str, Level] = {
    word: level for level, words in _WORDS.items() for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A level, and why it is no higher."""

    level: Level
    reasons: tuple[str, ...] = ()


def static_ceiling(
    contract: Contract,
    bindings: Iterable[Binding],
    fresh_live: Collection[str] = frozenset(),
) -> Standing:
    """The highest level that the contract and its bindings allow, whatever ran.

    ``fresh_live`` holds the ids of live falsifiers with a fresh committed record.
    """
    dangling = {b.falsifier.id for b in bindings if b.function is None}
    falsifiers = contract.falsification_tests
    unbound = [f"{f.id} is not bound" for f in falsifiers if not f.citations or f.id in dangling]
    if not falsifiers:
        unbound = ["there is no falsifier"]
    weak = [f"{f.id} declares no mutant" for f in falsifiers if not f.mutants]
    weak += [
        f"{f.id} leaves out {excuse.implementation}" for f in falsifiers for excuse in f.excused
    ]
    weak += _uncovered(contract)
    live = [
        f"{f.id} has no fresh committed record"
        for f in falsifiers
        if f.level == "live" and f.id not in fresh_live
    ]
    return _lowest(
        (Level.PROPOSED, unbound),
        (Level.PARTIAL_ALGORITHM_LEVEL, weak),
        (Level.FUNCTIONAL, live),
    )


def computed_status(
    contract: Contract,
    bindings: Iterable[Binding],
    keys: Mapping[str, Key],
    records: Iterable[Record],
) -> Standing:
    """The level that ``records`` under the current ``keys`` (by falsifier id) justify.

    A record can only raise the level: one that is red or stale counts as none.
    """
    ceiling = static_ceiling(contract, bindings)
    if ceiling.level is Level.PROPOSED:
        return ceiling
    records = tuple(records)
    missing = [
        f"{falsifier.id}: {reason}"
        for falsifier in contract.falsification_tests
        if falsifier.level != "live"
        and (reason := _why_not_green(falsifier, keys[falsifier.id], records))
    ]
    # Proof by mutants is not recorded yet, so nothing is proven.
    unproven = ["no mutant is proven to be caught yet"]
    weak = ceiling.reasons if ceiling.level is Level.PARTIAL_ALGORITHM_LEVEL else ()
    return _lowest(
        (Level.PROPOSED, missing),
        (Level.PARTIAL_ALGORITHM_LEVEL, [*unproven, *weak]),
    )


def _lowest(*steps: tuple[Level, list[str]]) -> Standing:
    """The first level that something holds back."""
    for level, reasons in steps:
        if reasons:
            return Standing(level, tuple(reasons))
    return Standing(Level.DISCHARGED)


def _uncovered(contract: Contract) -> list[str]:
    """Implementations of an equation that no falsifier covers."""
    covered = {name for f in contract.falsification_tests for name in f.covers}
    return [
        f"no falsifier covers {name}, so {', '.join(equation.implementations)} go unmeasured"
        for name, equation in contract.equations.items()
        if equation.implementations and name not in covered
    ]


def _why_not_green(falsifier: Falsifier, key: Key, records: tuple[Record, ...]) -> str:
    """Why no record shows the falsifier green; empty where one does."""
    world = falsifier.world.backend if falsifier.world else None
    mine = [r for r in records if r.falsifier == falsifier.id and world in (None, r.world)]
    current = [record for record in mine if record.key == key.digest]
    if any(record.is_green for record in current):
        return ""
    if current:
        return f"its record says {current[0].verdict}"
    if mine:
        return _why_stale(mine[0], key)
    return f"there is no record @{world}" if world else "there is no record; run `pv run`"


def _why_stale(record: Record, key: Key) -> str:
    """Which part of the key changed since the record, and which files."""
    changes = []
    for name, part in key.parts.items():
        if record.parts.get(name) != part.digest:
            before = record.files.get(name, {})
            files = sorted(
                path for path in {*before, *part.files} if before.get(path) != part.files.get(path)
            )
            changes.append(f"stale({name}{': ' if files else ''}{', '.join(files)})")
    return ", ".join(changes) or "stale"
