"""Shown: what records say of one falsifier under its current key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pv.contract.model import Contract, Falsifier
from pv.evidence.digest import Key
from pv.evidence.ledger import COMMITTED, PASSED, Evidence, Record
from pv.evidence.proven import why_not_proven

# So many changed files are named.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """Why a falsifier is not green, and why it is not proven: a sentence each, or none."""

    why_not_green: tuple[str, ...] = ()
    why_not_proven: tuple[str, ...] = ()
    is_refuted: bool = False
    """What is missing was looked for under the current key, and is not there."""
    contradiction: str = ""
    """What this machine saw against a committed record under the same key."""

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """Everything that is missing."""
        return (*self.why_not_green, *self.why_not_proven)


def shown_of(
    contract: Contract, falsifier: Falsifier, key: Key, evidence: Evidence, today: date
) -> Shown:
    """Read the records of ``falsifier``; red ones and those under another key count for none.

    A live falsifier is shown by committed records alone: what one machine once saw of the real
    world is no evidence for others. ``today`` says which waivers count.
    """
    name, world = falsifier.id, falsifier.world.backend if falsifier.world else None
    records = evidence.committed if falsifier.level == "live" else evidence.records
    mine = [r for r in records if r.falsifier == name and world in (None, r.world)]
    current = [record for record in mine if record.key == key.digest]
    green = [record for record in current if record.is_green]
    contradiction = _contradiction(falsifier, key, evidence)
    if not green:
        why = _why_not_green(current, mine, key, world)
        return Shown((why,), (), bool(current), contradiction)
    shortfalls = [*_unmeasured(contract, falsifier, green)]
    proofs = [mutant for record in green for mutant in record.mutants]
    if proofs:
        shortfalls += why_not_proven(contract, falsifier, proofs, today)
    else:
        shortfalls.append(_why_no_proof(mine, key))
    return Shown((), tuple(shortfalls), bool(proofs), contradiction)


def why_stale(record: Record, key: Key) -> str:
    """Which part of the key changed since ``record``, and which files."""
    changes = []
    for name, part in key.parts.items():
        if record.parts.get(name) != part.digest:
            before = record.files.get(name, {})
            files = sorted(
                path for path in {*before, *part.files} if before.get(path) != part.files.get(path)
            )
            more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
            listed = ", ".join(files[:_SHOWN]) + more
            changes.append(f"stale({name}{': ' if listed else ''}{listed})")
    return ", ".join(changes) or "stale"


def _why_not_green(current: list[Record], mine: list[Record], key: Key, world: str | None) -> str:
    if current:
        return f"its record says {current[0].verdict}"
    if mine:
        return why_stale(mine[0], key)
    return f"there is no record @{world}" if world else "there is no record"


def _unmeasured(contract: Contract, falsifier: Falsifier, green: list[Record]) -> Iterator[str]:
    """Implementations that no record measured: their world was absent."""
    measured = {cell.implementation for r in green for cell in r.cells if cell.verdict == PASSED}
    for name in contract.implementations_of(falsifier):
        if name not in measured:
            yield f"{name} not measured"


def _why_no_proof(mine: list[Record], key: Key) -> str:
    proofs = [record for record in mine if record.mutants]
    why = f"its proof is {why_stale(proofs[0], key)}" if proofs else "not shown to be able to fail"
    return f"{why}; run `pv prove`"


def _contradiction(falsifier: Falsifier, key: Key, evidence: Evidence) -> str:
    """A red run here of what a committed record calls green."""
    for seen in evidence.local:
        if seen.falsifier != falsifier.id or seen.key != key.digest or seen.is_green:
            continue
        for record in evidence.committed:
            if record.path == seen.path and record.key == seen.key and record.is_green:
                return (
                    f"{falsifier.id} is green in {COMMITTED}/{record.path.as_posix()} and "
                    f"{seen.verdict} here under the same key"
                )
    return ""
