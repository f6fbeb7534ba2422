"""Due: what a gate proves again, and what it takes from records."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pv.binding.index import Index
from pv.contract import clock
from pv.evidence.ledger import Evidence, Record
from pv.proof.judge import by_falsifier, count
from pv.proof.outcome import Judgement, ProofResult
from pv.proof.prove import OnProgress, prove_plan
from pv.proof.record import from_record
from pv.proof.verdicts import Verdict
from pv.proof.waived import unused, waived
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.record import planned_key, planned_shown

# One in so many of the fresh records is replayed all the same.
_SHARE = 10
DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Due:
    """Why each falsifier that is due is, by key; and the records that stand for the others."""

    why: Mapping[str, str]
    recorded: Mapping[str, tuple[Judgement, ...]]


def prove_due(
    plan: Plan,
    index: Index,
    evidence: Evidence,
    *,
    seed: str,
    workers: int = 0,
    on_progress: OnProgress | None = None,
) -> ProofResult:
    """Prove what has no fresh committed proof, and a tenth of the rest, drawn by ``seed``.

    What is not replayed is judged by its record, and says so.
    """
    due = find_due(plan, index, evidence, seed)
    replayed = replace(plan, falsifiers=tuple(f for f in plan.falsifiers if f.key in due.why))
    result = prove_plan(replayed, index, workers, on_progress)
    recorded = [judgement for mine in due.recorded.values() for judgement in mine]
    order = {planned.key: number for number, planned in enumerate(plan.falsifiers)}
    judgements = sorted((*result.judgements, *recorded), key=lambda j: order[j.key])
    mine, today = by_falsifier(judgements), clock.today()
    found = (f for f in unused(plan, mine, today) if f not in result.findings)
    proven = result.proven | due.recorded.keys()
    return replace(
        result,
        judgements=tuple(judgements),
        findings=(*result.findings, *found),
        proven=proven,
        waived=tuple(waived(plan, mine, today)),
        why=due.why,
        by_contract=count(plan, judgements, proven, result.absent),
    )


def find_due(plan: Plan, index: Index, evidence: Evidence, seed: str) -> Due:
    """Split the bound falsifiers of ``plan``."""
    why: dict[str, str] = {}
    recorded: dict[str, tuple[Judgement, ...]] = {}
    for planned in plan.falsifiers:
        if planned.is_bound:
            reason, records = _read(planned, index, evidence)
            try:
                kept = _judgements(planned, records)
            except ValueError as error:  # a verdict that no proof gives
                reason, kept = f"its record cannot be believed: {error}", ()
            if reason:
                why[planned.key] = reason
            else:
                recorded[planned.key] = kept
    for key in draw(recorded, seed):
        why[key] = DRAWN
        del recorded[key]
    return Due(why, recorded)


def draw(keys: Collection[str], seed: str) -> list[str]:
    """A tenth of ``keys``, at least one: others with every ``seed``, and the same with the same."""
    ordered = sorted(keys, key=lambda key: hashlib.sha256(f"{seed}/{key}".encode()).digest())
    return ordered[: math.ceil(len(ordered) / _SHARE)]


def _judgements(planned: PlannedFalsifier, records: Iterable[Record]) -> tuple[Judgement, ...]:
    """What ``records`` keep, each fault once, at its best: two worlds may have seen it."""
    found: dict[tuple[str, str | None], Judgement] = {}
    for judgement in (j for record in records for j in from_record(planned, record)):
        fault = judgement.mutant, judgement.implementation
        if fault not in found or judgement.verdict is Verdict.KILLED:
            found[fault] = judgement
    return tuple(found.values())


def _read(
    planned: PlannedFalsifier, index: Index, evidence: Evidence
) -> tuple[str, Iterable[Record]]:
    """Why the falsifier must be proven again, and its fresh records."""
    name, key = planned.falsifier.id, planned_key(planned, index)
    committed = Evidence(evidence.of(planned.loaded.name).committed)
    shortfalls = planned_shown(planned, key, committed).shortfalls
    fresh = [
        record
        for record in committed.committed
        if record.falsifier == name and record.key == key.digest and record.is_green
    ]
    return "; ".join(shortfalls), fresh
