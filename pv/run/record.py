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
from pv.evidence.shown import Shown, shown_of
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.outcome import FalsifierResult, RunResult
from pv.run.verdicts import Verdict


def record_run(plan: Plan, result: RunResult, index: Index) -> RunResult:
    """Write a record for each falsifier of which something was executed.

    ``result`` comes back with the number of those that passed and have a fresh committed proof.
    """
    root, proven = index.workspace.root, 0
    committed = Evidence(read_records(root / COMMITTED))
    for planned, outcome in zip(plan.falsifiers, result.falsifiers, strict=True):
        if outcome.is_executed:
            key = planned_key(planned, index)
            write_record(root / LOCAL, record_of(planned, outcome, key, result))
            is_proven = not planned_shown(planned, key, committed).shortfalls
            proven += is_proven and outcome.verdict is Verdict.PASSED
    index.cache.save()
    return replace(result, denominators=replace(result.denominators, proven=proven))


def planned_key(planned: PlannedFalsifier, index: Index) -> Key:
    """Key of everything that the result of ``planned`` depends on."""
    return key_of(planned.contract, planned.falsifier, planned.functions, index)


def planned_shown(planned: PlannedFalsifier, key: Key, evidence: Evidence) -> Shown:
    """What the records of its contract in ``evidence`` say today of ``planned``."""
    mine = evidence.of(planned.loaded.name)
    return shown_of(planned.contract, planned.falsifier, key, mine, clock.today())


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
