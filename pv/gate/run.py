"""What the gate runs: every falsifier, over as many processes as that is worth."""

from __future__ import annotations

import os
from importlib.util import find_spec

from pv.run.load import load_plan
from pv.run.outcome import RunResult
from pv.run.runner import Options, run_plan
from pv.workspace import Workspace

# Starting another process costs about as much as so many tests.
_TESTS_A_WORKER = 4


def run(workspace: Workspace, *, workers: int = 0, require_live: bool = False) -> RunResult:
    """Run every falsifier; with pytest-xdist over ``workers`` processes (0: one for each core)."""
    plan, index = load_plan(workspace)
    worth = min(workers or os.cpu_count() or 1, len(plan.functions()) // _TESTS_A_WORKER)
    spread = worth if worth > 1 and find_spec("xdist") is not None else 0
    return run_plan(plan, index, Options(workers=spread, require_live=require_live))
