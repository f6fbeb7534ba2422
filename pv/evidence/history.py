"""History: records are superseded, never dropped."""

from __future__ import annotations

from dataclasses import replace

from pv.evidence.ledger import Past, Record


def superseding(new: Record, before: Record | None) -> Record:
    """``new`` with the history of the record whose place it takes.

    Where it says the same under the same key, the one before stays as it is, times included: a
    second proof of the same thing changes no file.
    """
    if before is None:
        return new
    if _said(new) == _said(before):
        return before
    return replace(new, history=(*before.history, past(before)))


def past(record: Record) -> Past:
    """What stays of ``record`` once another one has its place."""
    return Past(
        key=record.key,
        verdict=record.verdict,
        mutants=len(record.mutants),
        killed=sum(mutant.is_killed for mutant in record.mutants),
        started=record.started,
        tool=record.tool,
    )


def extends(record: Record, base: Record) -> bool:
    """True where nothing that ``base`` says was dropped from ``record``."""
    before, now = (*base.history, past(base)), (*record.history, past(record))
    return now[: len(before)] == before


def _said(record: Record) -> tuple[object, ...]:
    """Everything but times, machines and the past; mutants end in any order."""
    return record.key, record.verdict, record.cells, record.functions, frozenset(record.mutants)
