"""A file's bytes, mapped into memory, as long as it stays the file that it was."""

from __future__ import annotations

import mmap
import os
import stat
import weakref
from typing import NoReturn

from aprender.formats.gguf.error import GGUFError

GUARD = "FALSIFY-GGUF-CHANGED"


class Mapped:
    """A regular file; its bytes are mapped until nothing that was made of them is left."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        # Without O_NONBLOCK a pipe would wait until somebody writes to it.
        self._handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        weakref.finalize(self, os.close, self._handle)
        if not stat.S_ISREG(os.fstat(self._handle).st_mode):
            self._refuse("no regular file")
        self._seen = self._state()
        size = self._seen[0]
        # Of an empty file nothing can be mapped.
        self.data = memoryview(
            mmap.mmap(self._handle, size, access=mmap.ACCESS_READ) if size else b""
        )

    def check(self) -> None:
        """Refuse a file that is another by now: to read past its end would kill the process."""
        if self._state() != self._seen:
            self._refuse("it has changed since it was opened")

    def _state(self) -> tuple[int, int]:
        now = os.fstat(self._handle)
        return now.st_size, now.st_mtime_ns

    def _refuse(self, reason: str) -> NoReturn:
        raise GGUFError(reason, guard=GUARD, field="file", path=self.path)
