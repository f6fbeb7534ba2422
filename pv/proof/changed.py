"""Changed: the falsifiers whose result may differ from that at another commit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pv.binding.index import Index
from pv.evidence.digest import key_of
from pv.exit_code import UsageError
from pv.run.cells import Plan, PlannedFalsifier


def only_changed(plan: Plan, index: Index, base: str) -> Plan:
    """The part of ``plan`` that depends on a file which differs from ``base``."""
    files = frozenset(changed_files(index.workspace.root, base))
    chosen = tuple(planned for planned in plan.falsifiers if _files(planned, index) & files)
    return replace(plan, falsifiers=chosen)


def changed_files(root: Path, base: str) -> Iterator[str]:
    """Files below ``root`` that differ from the commit ``base``, new ones included."""
    yield from _git(root, "diff", "--name-only", "--relative", "-z", base, "--")
    yield from _git(root, "ls-files", "--others", "--exclude-standard", "-z")


def _files(planned: PlannedFalsifier, index: Index) -> frozenset[str]:
    """The contract, and every file that the key of the falsifier's evidence is made of."""
    contract = planned.loaded.contract
    assert contract is not None  # a contract that was refused plans nothing
    key = key_of(contract, planned.falsifier, planned.functions, index)
    return frozenset(f for part in key.parts.values() for f in part.files) | {planned.loaded.path}


def _git(root: Path, *arguments: str) -> list[str]:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise UsageError("--changed needs git") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines() or ["no reason given"]
        raise UsageError(f"--changed: git: {reason[0]}") from error
    return [name for name in done.stdout.split("\0") if name]
