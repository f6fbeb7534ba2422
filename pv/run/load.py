"""Load the plan of a workspace: contracts, index and bindings, through the cache."""

from __future__ import annotations

from pv.binding.index import Index
from pv.binding.resolve import bind
from pv.cache import Cache
from pv.run.cells import Plan, plan
from pv.workspace import Workspace


def load_plan(workspace: Workspace) -> tuple[Plan, Index]:
    """Read every contract of ``workspace`` and lay out what runs for it."""
    from pv.contract.load import load_contracts

    cache = Cache.for_root(workspace.root)
    contracts = load_contracts(workspace, workspace.contract_files(), cache)
    index = Index(workspace, cache)
    laid_out = plan(contracts, bind(contracts, index))
    cache.save()
    return laid_out, index
