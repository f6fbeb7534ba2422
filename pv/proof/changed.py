"""Changed: the falsifiers whose result may differ from that at another commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pv.binding.index import Index
from pv.git import Repository
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.record import planned_key


def only_changed(plan: Plan, index: Index, base: str) -> Plan:
    """The part of ``plan`` that depends on a file which differs from ``base``."""
    files = frozenset(changed_files(index.workspace.root, base))
    chosen = tuple(planned for planned in plan.falsifiers if _files(planned, index) & files)
    return replace(plan, falsifiers=chosen)


def changed_files(root: Path, base: str) -> Iterator[str]:
    """Files below ``root`` that differ from the commit ``base``, new ones included."""
    repository = Repository(root, "--changed")
    commit = repository.commit(base)
    yield from repository.names("diff", "--name-only", "--relative", "-z", commit, "--")
    yield from repository.names("ls-files", "--others", "--exclude-standard", "-z")


def _files(planned: PlannedFalsifier, index: Index) -> frozenset[str]:
    """The contract, and every file that the key of the falsifier's evidence is made of."""
    key = planned_key(planned, index)
    return frozenset(f for part in key.parts.values() for f in part.files) | {planned.loaded.path}
