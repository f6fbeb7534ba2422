"""Reach: which implementations a test enters that calls them by itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from pv.binding.index import Index
from pv.run.cells import PlannedCell

# File and qualified name: what a code object says of itself, wherever it was imported from.
Place = tuple[str, str]


def places(cells: Iterable[PlannedCell], index: Index) -> dict[Place, str]:
    """Where each cell's implementation is defined, with the key of the implementation."""
    return {
        place: cell.key
        for cell in cells
        if cell.implementation is not None and (place := place_of(cell.target, index))
    }


@contextmanager
def watching(wanted: dict[Place, str], entered: Callable[[str], None]) -> Iterator[None]:
    """Report the implementations whose code starts to run in this thread."""
    names = {name for _, name in wanted}
    known: dict[CodeType, str | None] = {}

    def look_up(code: CodeType) -> str | None:
        if code.co_qualname not in names:
            return None
        return wanted.get((os.path.realpath(code.co_filename), code.co_qualname))

    def observe(frame: FrameType, event: Any, argument: Any) -> None:
        if event == "call":
            code = frame.f_code
            if code not in known:
                known[code] = look_up(code)
            if key := known[code]:
                entered(key)
        if before is not None:
            before(frame, event, argument)

    before = sys.getprofile()
    sys.setprofile(observe)
    try:
        yield
    finally:
        sys.setprofile(before)


def place_of(target: str, index: Index) -> Place | None:
    """Where the function that ``module:attribute`` names is defined."""
    module, _, attribute = target.partition(":")
    definition = index.definition(f"{module}.{attribute}")
    if definition is not None:
        return os.path.realpath(index.workspace.root / definition.path), definition.name
    file = index.workspace.module_file(module)
    return (os.path.realpath(file), attribute) if file else None
