"""Judged: is the function that the index resolved the one that runs?"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import CodeType

from pv.binding.module import Function


class Judged:
    """The cited function, recognised by its code: an object can be exchanged under its name."""

    def __init__(self, function: Function, root: Path) -> None:
        self._name = function.name
        self._path = os.path.realpath(root / function.path)
        self._lines = definition_lines(function)
        self._thread = threading.get_ident()

    def is_running(self) -> bool:
        """True where the caller was called by it; what another thread does is on no such stack."""
        if threading.get_ident() != self._thread:
            return True
        frame = sys._getframe(1)
        while frame is not None and not self._is(frame.f_code):
            frame = frame.f_back  # type: ignore[assignment]
        return frame is not None

    def _is(self, code: CodeType) -> bool:
        return (
            code.co_name == self._name
            and code.co_firstlineno in self._lines
            and os.path.realpath(code.co_filename) == self._path
        )


def definition_lines(function: Function) -> range:
    """Lines at which the definition may be said to start: its decorators, and its ``def``."""
    first = min([function.span.line, *(d.span.line for d in function.decorators)])
    return range(first, function.span.line + 1)
