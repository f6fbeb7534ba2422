"""Weaker record: what a falsifier noticed at a base, and does not notice any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from pv.contract.document import LoadedContract
from pv.evidence.ledger import Record
from pv.finding import Finding
from pv.gate.loss import Loss
from pv.gate.records import RecordPair
from pv.gate.verdicts import Weaker


def weaker_records(
    pairs: Iterable[RecordPair], after: Sequence[LoadedContract], excused: Collection[str]
) -> Iterator[Finding]:
    """Findings for what the records of a base show and the present ones do not.

    ``excused`` holds the falsifiers that the change itself gives a reason for.
    """
    for pair in pairs:
        base, now = pair.base, pair.now
        if base is None or now is None or base.falsifier in excused:
            continue  # nothing to compare, told of by others, or excused
        loaded = next((one for one in after if one.name == base.contract), None)
        if loaded is not None:
            yield from (loss.finding() for loss in _losses(base, now, loaded))


def _losses(base: Record, now: Record, loaded: LoadedContract) -> Iterator[Loss]:
    where = next((place for place, f in loaded.falsifiers if f.id == base.falsifier), None)
    if where is None:  # the falsifier itself is gone
        return

    def loss(kind: Weaker, subject: str, message: str) -> Loss:
        return Loss(
            kind=kind,
            message=f"{kind.value}: {base.falsifier} {message}",
            location=loaded.document.location(where),
            subject=f"{base.falsifier} {subject}",
            about=(base.falsifier,),
            heirs=(loaded,),
        )

    verdicts = {(m.mutant, m.implementation): m for m in now.mutants}
    for mutant in base.mutants:
        present = verdicts.get((mutant.mutant, mutant.implementation))
        if mutant.is_killed and present is not None and not present.is_killed:
            name = f"{mutant.mutant} of {mutant.implementation}"
            name = name if mutant.implementation else mutant.mutant
            yield loss(
                Weaker.KILL_LOST, name, f"{name} was {mutant.verdict} and is {present.verdict}"
            )
    asserted = {cell.implementation: cell.asserted for cell in now.cells}
    for cell in base.cells:
        count = asserted.get(cell.implementation)
        if count is not None and count < cell.asserted:
            on = f" on {cell.implementation}" if cell.implementation else ""
            yield loss(
                Weaker.ASSERTIONS_FEWER,
                f"asserted{on}",
                f"evaluates {count} assertions{on} and evaluated {cell.asserted}",
            )
