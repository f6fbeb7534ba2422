"""Load the plan of a workspace: contracts, index and bindings, through the cache."""

from __future__ import annotations

from pv.binding.index import Index
from pv.cache import Cache
from pv.rules.project import Project
from pv.run.cells import Plan, plan
from pv.workspace import Workspace


def load_plan(workspace: Workspace) -> tuple[Plan, Index]:
    """Read every contract of ``workspace`` and lay out what runs for it."""
    cache = Cache.for_root(workspace.root)
    project = Project.read(workspace, cache)
    cache.save()
    return plan(project.contracts, project.bindings), project.index
