"""Record: what a run leaves behind for `pv status` and the gate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pv import __version__
from pv.binding.index import Index
from pv.evidence.digest import Key, key_of
from pv.evidence.ledger import LOCAL, CellRecord, Record, write_record
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.outcome import FalsifierResult, RunResult


def write_records(plan: Plan, result: RunResult, index: Index) -> None:
    """Write a record for each falsifier of which something was executed."""
    directory = index.workspace.root / LOCAL
    for planned, outcome in zip(plan.falsifiers, result.falsifiers, strict=True):
        contract = planned.loaded.contract
        if contract is not None and outcome.is_executed:
            key = key_of(contract, planned.falsifier, planned.functions, index)
            write_record(directory, record_of(planned, outcome, key, result))
    index.cache.save()


def record_of(
    planned: PlannedFalsifier, outcome: FalsifierResult, key: Key, result: RunResult
) -> Record:
    """The record of one falsifier."""
    seconds = sum(cell.seconds for cell in outcome.cells)
    return Record(
        contract=planned.loaded.name,
        falsifier=planned.falsifier.id,
        world=result.backend,
        key=key.digest,
        parts={name: part.digest for name, part in key.parts.items()},
        files={name: dict(part.files) for name, part in key.parts.items() if part.files},
        verdict=outcome.verdict.value,
        cells=tuple(
            CellRecord(
                implementation=cell.cell.implementation,
                dtype=cell.cell.dtype,
                verdict=cell.verdict.value,
                cases=cell.cases,
                asserted=cell.asserted,
            )
            for cell in outcome.cells
        ),
        functions=tuple(function.node_id for function in planned.functions),
        seconds=round(seconds, 6),
        started=(datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds"),
        environment=dict(result.environment),
        tool=__version__,
    )
