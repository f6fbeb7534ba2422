"""An import hook that runs modules' patched code in memory, and a launcher that installs it.

``python -m pv.patched MODULE ARGS...`` is ``python -m MODULE ARGS...`` under the patches that the
environment names; there are several where a proof of pv runs a pv that proves. Only the standard
library is imported here: any other module may be a patched one. No file of the project and no
bytecode cache is read or written for a patched module.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import marshal
import os
import runpy
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, SupportsIndex

# Names the files that hold the patches, the latest one last; children inherit it.
VARIABLE = "PV_PATCH"
# The patched code calls this builtin, with the path of its patch, where it was changed.
REACHED = "__pv_reached__"
# What stands before the name of a module that is to be run under the patches.
LAUNCHER = ("-m", "pv.patched")


def is_active() -> bool:
    """True where this process, or a command it starts, runs patched code."""
    return VARIABLE in os.environ


def launcher() -> tuple[str, ...]:
    """What stands before the name of a module, so that it runs under our own patches, if any."""
    return LAUNCHER if is_active() else LAUNCHER[:1]


def together_with(path: Path) -> str:
    """The value of ``VARIABLE`` that adds the patch at ``path`` to our own."""
    return os.pathsep.join(filter(None, (os.environ.get(VARIABLE), str(path))))


def write_patch(path: Path, source_file: str, code: CodeType) -> None:
    """Write what the hook needs: whose code is replaced, and by what."""
    path.write_bytes(marshal.dumps((os.path.realpath(source_file), code)))


def was_reached(path: Path) -> bool:
    """True where a process under the patch at ``path`` ran the changed place."""
    return _marker(path).exists()


def forget_reached(path: Path) -> None:
    """Start to look anew whether the patch at ``path`` is reached."""
    _marker(path).unlink(missing_ok=True)


def mark_reached(path: str) -> None:
    """Note for all processes that the changed place of the patch at ``path`` ran."""
    _marker(Path(path)).touch()


def set_reached(call: Callable[[str], None]) -> None:
    """Have every changed place call ``call`` with the path of its patch."""
    setattr(builtins, REACHED, call)


def install() -> None:
    """Put the hook before every other finder, and keep it there."""
    paths = [Path(name) for name in os.environ[VARIABLE].split(os.pathsep)]
    sys.meta_path = _FirstStays([PatchFinder(paths), *sys.meta_path])
    set_reached(mark_reached)


def has_patched(path: Path) -> bool:
    """True where the module that the patch at ``path`` is for was imported through the hook."""
    return any(isinstance(f, PatchFinder) and path in f.taken for f in sys.meta_path)


class _FirstStays(list[Any]):
    """A list of finders whose first one stays so: pytest puts its own before all others."""

    def insert(self, index: SupportsIndex, finder: Any) -> None:
        super().insert(index.__index__() or 1, finder)


class PatchFinder(importlib.abc.MetaPathFinder):
    """Finds source files, whatever modules they are imported as, and gives them other code."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._patches: dict[str, tuple[Path, CodeType]] = {}
        for path in paths:
            file, code = marshal.loads(path.read_bytes())
            self._patches[file] = (path, code)
        self.taken: set[Path] = set()
        """The patches whose code was run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a patched module, and None for any other."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not spec.origin or os.path.realpath(spec.origin) not in self._patches:
            return None
        spec.loader = _Loader(fullname, spec.origin, self)
        return spec

    def take(self, file: str) -> CodeType:
        """The patched code of ``file``; whoever asks for it runs it."""
        path, code = self._patches[os.path.realpath(file)]
        self.taken.add(path)
        return code


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, finder: PatchFinder) -> None:
        super().__init__(fullname, path)
        self._finder = finder

    def get_code(self, fullname: str) -> Any:
        return self._finder.take(self.path)


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
