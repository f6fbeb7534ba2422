"""What ``pv status`` does: read the records, and compute where each contract stands."""

from __future__ import annotations

from collections.abc import Iterable

from pv.contract import clock
from pv.evidence.ledger import Evidence, read_evidence
from pv.evidence.standing import standing
from pv.report.status import StatusReport
from pv.run.load import load_plan
from pv.workspace import Workspace


def status(
    workspace: Workspace, names: Iterable[str] = (), *, evidence: Evidence | None = None
) -> StatusReport:
    """Where the contracts ``names`` stand (all of them without names).

    ``evidence`` takes the place of the project's own records.
    """
    plan, index = load_plan(workspace, names)
    bindings = [binding for planned in plan.falsifiers for binding in planned.bindings]
    evidence = read_evidence(workspace.root) if evidence is None else evidence
    today = clock.today()
    found = [
        (loaded.path, standing(loaded, bindings, evidence, index, today))
        for loaded in plan.contracts
    ]
    index.cache.save()
    return StatusReport(
        tuple(one for _, one in found if one is not None),
        tuple(path for path, one in found if one is None),
    )
