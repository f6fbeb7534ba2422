"""Record: what a proof leaves behind, beside the code that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pv.binding.index import Index
from pv.evidence.history import superseding
from pv.evidence.ledger import COMMITTED, MutantRecord, Record, from_text, read_record, write_record
from pv.exit_code import UsageError
from pv.git import at_head
from pv.proof.outcome import Judgement
from pv.proof.verdicts import Verdict
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.outcome import RunResult
from pv.run.record import planned_key, record_of


def to_record(judgement: Judgement) -> MutantRecord:
    """What is kept of a judgement."""
    return MutantRecord(
        mutant=judgement.mutant,
        implementation=judgement.implementation,
        verdict=judgement.word,
        red=judgement.red,
    )


def from_record(planned: PlannedFalsifier, record: Record) -> Iterator[Judgement]:
    """The judgements that ``record`` keeps."""
    targets = {mutant.id: mutant.target for mutant in planned.contract.mutants}
    implementations = planned.contract.implementations or {}
    for kept in record.mutants:
        verdict, _, reason = kept.verdict.partition("(")
        by_name = implementations.get(kept.implementation or "")
        yield Judgement(
            contract=record.contract,
            falsifier=record.falsifier,
            mutant=kept.mutant,
            target=by_name.target if by_name else targets.get(kept.mutant, ""),
            implementation=kept.implementation,
            verdict=Verdict(verdict),
            reason=reason.removesuffix(")"),
            red=kept.red,
            is_replayed=False,
        )


def records_of(
    plan: Plan, clean: RunResult, judgements: Iterable[Judgement], index: Index
) -> Iterator[Record]:
    """A record for each falsifier that was judged under a fault here."""
    judgements = tuple(judgements)
    for planned, outcome in zip(plan.falsifiers, clean.falsifiers, strict=True):
        mine = [judgement for judgement in judgements if judgement.key == planned.key]
        if mine and outcome.is_executed:
            record = record_of(planned, outcome, planned_key(planned, index), clean)
            yield replace(record, mutants=tuple(to_record(judgement) for judgement in mine))


def keep(records: Iterable[Record], root: Path) -> list[Path]:
    """Write ``records`` where they are committed; the paths of those that say something new.

    Each takes the place of the one at HEAD, whatever lies in the working tree: so the history
    holds what was once committed, and not every attempt in between.
    """
    new = {f"{COMMITTED}/{record.path.as_posix()}": record for record in records}
    committed = at_head(root, new)
    changed = []
    for name, record in new.items():
        path = root / name
        lying = read_record(path)
        kept = superseding(record, _parsed(committed.get(name)) or lying)
        if kept != lying:
            try:
                write_record(root / COMMITTED, kept)
            except OSError as error:
                raise UsageError(f"{path}: what was proven cannot be kept: {error}") from error
            changed.append(path)
    return changed


def _parsed(text: bytes | None) -> Record | None:
    try:
        return from_text(text.decode()) if text is not None else None
    except ValueError:
        return None
