"""Recognise a renamed function: same body as the old name had in the last commit."""

from __future__ import annotations

from pathlib import Path

from pv.binding.facts import read_module
from pv.binding.module import Module
from pv.git import at_head


def renamed_to(name: str, module: Module, root: Path) -> str:
    """New name of the function that was ``name`` at HEAD; empty where that cannot be told."""
    source = at_head(root, [module.path]).get(module.path)
    if source is None:
        return ""
    old = read_module(module.path, source)
    bodies = {f.body_digest for f in old.functions if f.name == name}
    known = {f.name for f in old.functions}
    new = [f.name for f in module.functions if f.body_digest in bodies and f.name not in known]
    return new[0] if len(new) == 1 else ""
