"""Prove: put every fault in place, and judge who notices."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pv.binding.index import Index
from pv.contract import clock
from pv.proof.changed import only_changed
from pv.proof.experiment import Experiment, VoidMutant, experiments
from pv.proof.judge import judge
from pv.proof.laboratory import Laboratory
from pv.proof.outcome import ProofResult
from pv.proof.record import records_of
from pv.proof.seen import Seen
from pv.run.cells import Plan
from pv.run.judge import judge as judge_clean
from pv.run.load import load_plan
from pv.run.runner import check_settings
from pv.run.verdicts import CONTRACT_REFUSED, EXPLANATIONS
from pv.workspace import open_workspace


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a proof is."""

    done: int
    total: int
    seconds: float

    @property
    def seconds_left(self) -> float:
        """As long as the rest takes if it goes on like this."""
        return self.seconds / self.done * (self.total - self.done) if self.done else 0.0


OnProgress = Callable[[Progress], None]


def prove(
    start: Path,
    names: Iterable[str] = (),
    *,
    changed_since: str = "",
    workers: int = 0,
    on_progress: OnProgress | None = None,
) -> ProofResult:
    """Prove the falsifiers of the contracts ``names`` (all without names).

    ``changed_since`` leaves out those that depend on no file that differs from that commit.
    """
    plan, index = load_plan(open_workspace(start), names)
    if changed_since:
        plan = only_changed(plan, index, changed_since)
    return prove_plan(plan, index, workers, on_progress)


def prove_plan(
    plan: Plan, index: Index, workers: int = 0, on_progress: OnProgress | None = None
) -> ProofResult:
    """Prove every falsifier of ``plan``; ``workers`` processes, one a core without a number."""
    began = time.monotonic()
    check_settings(index.workspace)
    planned = tuple(experiments(plan, index))
    runnable = [entry for entry in planned if isinstance(entry, Experiment)]
    void = [entry for entry in planned if isinstance(entry, VoidMutant)]
    laboratory = Laboratory(plan, index.workspace, workers or os.cpu_count() or 1)
    done: list[Seen] = []

    def note(seen: Seen) -> None:
        done.append(seen)
        if on_progress is not None:
            on_progress(Progress(len(done), len(runnable), time.monotonic() - began))

    laboratory.run(runnable, note)
    clean = judge_clean(plan, laboratory.observation(), is_complete=False)
    result = judge(plan, clean, done, void, time.monotonic() - began, clock.today())
    refused = tuple(f for f in clean.findings if f.code == EXPLANATIONS[CONTRACT_REFUSED].code)
    believed = () if result.leftovers else result.judgements
    records = tuple(records_of(plan, clean, believed, index))
    index.cache.save()
    return replace(result, findings=(*refused, *result.findings), records=records)
