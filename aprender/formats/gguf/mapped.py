"""A file's bytes, mapped into memory, as long as it stays the file that it was."""

from __future__ import annotations

import mmap
import os
import stat
from pathlib import Path

from aprender.formats.gguf.error import GGUFError

GUARD = "FALSIFY-GGUF-CHANGED"


class Mapped:
    """A regular file; its bytes are mapped until nothing that was made of them is left."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = str(path)
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe would wait to be opened
            self._refuse("no regular file")
        self._file = Path(path).open("rb")  # noqa: SIM115
        self._seen = self._state()
        handle, size = self._file.fileno(), self._seen[0]
        # Of an empty file nothing can be mapped.
        self.data = memoryview(mmap.mmap(handle, 0, access=mmap.ACCESS_READ) if size else b"")

    def check(self) -> None:
        """Refuse a file that is another by now: to read past its end would kill the process."""
        if self._state() != self._seen:
            self._refuse("it has changed since it was opened")

    def _state(self) -> tuple[int, int]:
        now = os.fstat(self._file.fileno())
        return now.st_size, now.st_mtime_ns

    def _refuse(self, reason: str) -> None:
        raise GGUFError(reason, guard=GUARD, field="file", path=self.path)
