"""Cache: results of pure functions of file contents, kept between runs.

It lives in the user's cache directory, never in the project, and loads nothing but pv's own data
classes: a pull request must not be able to plant a pickle that the gate would run.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from pv import patched

T = TypeVar("T")


def digest(data: bytes) -> str:
    """SHA-256 of ``data`` as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


_MOST_ENTRIES = 20_000


class Cache:
    """Values by key, from earlier runs and this one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._old: dict[tuple[str, ...], object] = _read(file) if file else {}
        self._used: dict[tuple[str, ...], object] = {}

    @classmethod
    def for_root(cls, root: Path) -> Cache:
        """The cache of the project at ``root``, for this version of the tool's own source.

        A tool with a fault in it neither believes earlier results nor leaves any.
        """
        if patched.is_active():
            return cls()
        name = f"{digest(os.fsencode(root))[:16]}-{_tool_digest()[:16]}.pickle"
        return cls(_cache_directory() / name)

    def get(self, key: tuple[str, ...], compute: Callable[[], T]) -> T:
        """Value for ``key``; computed where it is not known. The key must determine the value."""
        if key not in self._used:
            self._used[key] = self._old[key] if key in self._old else compute()
        return cast(T, self._used[key])

    def save(self) -> None:
        """Write what is new; a cache that cannot be written is no error."""
        if self._file is None or self._used.keys() <= self._old.keys():
            return
        entries = {**self._old, **self._used}
        if len(entries) > _MOST_ENTRIES:
            entries = self._used
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent)
            with os.fdopen(handle, "wb") as stream:
                pickle.dump(entries, stream, protocol=pickle.HIGHEST_PROTOCOL)
            os.replace(name, self._file)


def _read(file: Path) -> dict[tuple[str, ...], object]:
    try:
        content = _OwnData(io.BytesIO(file.read_bytes())).load()
    except Exception:  # a missing or damaged cache is a cold one; pickle raises nearly anything
        return {}
    return content if isinstance(content, dict) else {}


class _OwnData(pickle.Unpickler):
    """Loads data classes and enums of pv, and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        if module.startswith("pv.") or (module, name) == ("builtins", "frozenset"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not pv's data")


def _cache_directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "pv")


def _tool_digest() -> str:
    source = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        source.update(file.read_bytes())
    return source.hexdigest()
