"""Files that are there wholly or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_atomically(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file to write to, which takes the place of `path` when the block ends without error.

    Until then, and after an error or an interrupt, what was at `path` is there as it was, and
    nothing else. The bytes are on the disk before the name is. A link at `path` stays one.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:64]}.{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:  # an interrupt as well
        temporary.unlink(missing_ok=True)
        raise
    # The file is there by now, and some directories cannot be opened, or brought to the disk.
    with suppress(OSError):
        _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """Have the new name on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
