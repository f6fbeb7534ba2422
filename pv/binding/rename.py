"""Recognise a renamed function: same body as the old name had in the last commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pv.binding.facts import read_module
from pv.binding.module import Module


def renamed_to(name: str, module: Module, root: Path) -> str:
    """New name of the function that was ``name`` at HEAD; empty where that cannot be told."""
    old = _at_head(module.path, root)
    if old is None:
        return ""
    bodies = {f.body_digest for f in old.functions if f.name == name}
    known = {f.name for f in old.functions}
    new = [f.name for f in module.functions if f.body_digest in bodies and f.name not in known]
    return new[0] if len(new) == 1 else ""


def _at_head(path: str, root: Path) -> Module | None:
    # The path comes from the project's own tree; ./ keeps it relative to the root.
    command = ["git", "-C", str(root), "show", f"HEAD:./{path}"]
    try:
        shown = subprocess.run(command, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_module(path, shown.stdout) if shown.returncode == 0 else None
