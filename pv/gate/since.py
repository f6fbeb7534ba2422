"""Since: what is weaker in a project than at a base, in its contracts and in its records."""

from __future__ import annotations

from pv.cache import Cache
from pv.contract.load import load_contracts
from pv.gate.base import read_base
from pv.gate.records import lost_records, record_pairs
from pv.gate.weakened import newly_excused, weakened
from pv.gate.weaker_record import weaker_records
from pv.report.model import Report, count
from pv.workspace import Workspace


def since(workspace: Workspace, ref: str) -> Report:
    """Compare with where the checked-out commit left ``ref``, counted over what was there."""
    base = read_base(workspace, ref)
    cache = Cache.for_root(workspace.root)
    now = load_contracts(workspace.root, workspace.contract_files(), cache)
    cache.save()
    excused = newly_excused(base.contracts, now)
    pairs = record_pairs(base.records, workspace.root)
    findings = [
        *weakened(base.contracts, now),
        *lost_records(pairs),
        *weaker_records(pairs, now, excused),
    ]
    return Report(
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        denominators=count(base.contracts),
        scope=f"{ref} ({base.commit[:12]})",
    )
