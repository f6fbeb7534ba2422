"""What the gate proves: the stale, and a tenth of the rest, drawn by the commit."""

from __future__ import annotations

from pathlib import Path

from pv.evidence.ledger import read_evidence
from pv.git import head
from pv.proof.due import prove_due
from pv.proof.outcome import ProofResult
from pv.proof.prove import OnProgress
from pv.proof.record import keep
from pv.run.load import load_plan
from pv.workspace import Workspace


def prove(
    workspace: Workspace, workers: int = 0, on_progress: OnProgress | None = None
) -> tuple[ProofResult, list[Path]]:
    """Prove what is due, and keep what was shown; also the records that say something new."""
    plan, index = load_plan(workspace)
    evidence = read_evidence(workspace.root)
    seed = head(workspace.root)
    result = prove_due(plan, index, evidence, seed=seed, workers=workers, on_progress=on_progress)
    return result, keep(result.records, workspace.root)
