"""Record: what a run leaves behind for `pv status` and the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pv import __version__
from pv.binding.index import Index
from pv.contract import clock
from pv.evidence.digest import Key, key_of
from pv.evidence.ledger import (
    COMMITTED,
    LOCAL,
    CellRecord,
    Evidence,
    Record,
    read_records,
    write_record,
)
from pv.evidence.shown import shown_of
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.outcome import FalsifierResult, RunResult
from pv.run.verdicts import Verdict


def write_records(plan: Plan, result: RunResult, index: Index) -> None:
    """Write a record for each falsifier of which something was executed."""
    directory = index.workspace.root / LOCAL
    for planned, outcome in zip(plan.falsifiers, result.falsifiers, strict=True):
        if outcome.is_executed:
            write_record(directory, record_of(planned, outcome, _key(planned, index), result))
    index.cache.save()


def count_proven(plan: Plan, result: RunResult, index: Index) -> RunResult:
    """``result`` with the number of those that passed and have a fresh committed proof."""
    committed = Evidence(read_records(index.workspace.root / COMMITTED))
    proven = sum(
        outcome.verdict is Verdict.PASSED and _is_proven(planned, committed, index)
        for planned, outcome in zip(plan.falsifiers, result.falsifiers, strict=True)
    )
    return replace(result, denominators=replace(result.denominators, proven=proven))


def _is_proven(planned: PlannedFalsifier, committed: Evidence, index: Index) -> bool:
    contract = planned.loaded.contract
    assert contract is not None  # a contract that was refused plans nothing
    mine, key = committed.of(planned.loaded.name), _key(planned, index)
    return not shown_of(contract, planned.falsifier, key, mine, clock.today()).shortfalls


def _key(planned: PlannedFalsifier, index: Index) -> Key:
    contract = planned.loaded.contract
    assert contract is not None  # a contract that was refused plans nothing
    return key_of(contract, planned.falsifier, planned.functions, index)


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
