"""An import hook that runs a module's patched code in memory, and a launcher that installs it.

``python -m pv.patched MODULE ARGS...`` is ``python -m MODULE ARGS...`` under the patch that the
environment names. Only the standard library is imported here: any other module may be the patched
one. No file of the project and no bytecode cache is read or written for the patched module.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import marshal
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, SupportsIndex

# Names the file that holds the patch; children inherit it.
VARIABLE = "PV_PATCH"
# The patched code calls this builtin where it was changed.
REACHED = "__pv_reached__"


def is_active() -> bool:
    """True where this process, or a command it starts, runs patched code."""
    return VARIABLE in os.environ


def write_patch(path: Path, source_file: str, code: CodeType) -> None:
    """Write what the hook needs: whose code is replaced, and by what."""
    path.write_bytes(marshal.dumps((os.path.realpath(source_file), code)))


def was_reached(path: Path) -> bool:
    """True where a process under the patch at ``path`` ran the changed place."""
    return _marker(path).exists()


def forget_reached(path: Path) -> None:
    """Start to look anew whether the patch at ``path`` is reached."""
    _marker(path).unlink(missing_ok=True)


def set_reached(call: Callable[[], None]) -> None:
    """Have the changed place call ``call``."""
    setattr(builtins, REACHED, call)


def install() -> None:
    """Put the hook before every other finder, and keep it there."""
    path = Path(os.environ[VARIABLE])
    sys.meta_path = _FirstStays([PatchFinder(path), *sys.meta_path])
    set_reached(_marker(path).touch)


def has_patched() -> bool:
    """True where the patched module was imported through the hook."""
    return any(isinstance(f, PatchFinder) and f.has_patched for f in sys.meta_path)


class _FirstStays(list[Any]):
    """A list of finders whose first one stays so: pytest puts its own before all others."""

    def insert(self, index: SupportsIndex, finder: Any) -> None:
        super().insert(index.__index__() or 1, finder)


class PatchFinder(importlib.abc.MetaPathFinder):
    """Finds one source file, whatever module it is imported as, and gives it other code."""

    def __init__(self, path: Path) -> None:
        self._file, self._code = marshal.loads(path.read_bytes())
        self.has_patched = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of the patched module, and None for any other."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not spec.origin or os.path.realpath(spec.origin) != self._file:
            return None
        spec.loader = _Loader(fullname, spec.origin, self)
        return spec

    def take(self) -> CodeType:
        """The patched code; whoever asks for it runs it."""
        self.has_patched = True
        code: CodeType = self._code
        return code


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, finder: PatchFinder) -> None:
        super().__init__(fullname, path)
        self._finder = finder

    def get_code(self, fullname: str) -> Any:
        return self._finder.take()


def _marker(path: Path) -> Path:
    return path.with_suffix(".reached")


def main() -> None:
    """Run the module named by the first argument as ``python -m`` would."""
    install()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    # The one module under this name, not a second copy of it under __main__.
    from pv.patched import main as run

    run()
