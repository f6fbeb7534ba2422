"""Load the plan of a workspace: contracts, index and bindings, through the cache."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from pv.binding.index import Index
from pv.cache import Cache
from pv.exit_code import UsageError
from pv.rules.project import Project
from pv.run.cells import Plan, plan
from pv.workspace import Workspace


def load_plan(workspace: Workspace, names: Iterable[str] = ()) -> tuple[Plan, Index]:
    """Read every contract of ``workspace`` and lay out what runs for it.

    The plan is that of the contracts ``names`` (stems, paths or directories), of all without names.
    """
    cache = Cache.for_root(workspace.root)
    project = Project.read(workspace, cache)
    cache.save()
    whole, names = plan(project.contracts, project.bindings), tuple(names)
    return (whole.only(_paths(names, project)) if names else whole), project.index


def _paths(names: Iterable[str], project: Project) -> frozenset[str]:
    """The paths of the contracts that ``names`` mean."""
    contracts, workspace = project.contracts, project.workspace
    chosen: set[str] = set()
    for name in names:
        path = workspace.relative(Path(name))
        mine = {
            loaded.path
            for loaded in contracts
            if name == loaded.name or loaded.path == path or loaded.path.startswith(f"{path}/")
        }
        if not mine:
            near = get_close_matches(Path(name).stem, [c.name for c in contracts], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"no contract of {workspace.root} is called {name!r}{hint}")
        chosen |= mine
    return frozenset(chosen)
