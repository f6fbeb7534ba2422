"""The one exception of this package, for files as for what is to be written into one."""

from __future__ import annotations


class GGUFError(ValueError):
    """A file, or what should become one, is refused: which field of it, where, why."""

    def __init__(
        self, reason: str, *, guard: str, field: str, path: str = "", offset: int | None = None
    ) -> None:
        self.path = path
        self.field = field
        self.offset = offset
        """The byte of the file at which the field begins; None where there is no file yet."""
        self.reason = reason
        at = "" if offset is None else f" at byte {offset}"
        where = f"{path}: " if path else ""
        super().__init__(f"{where}{field}{at}: {reason} ({guard})")


class GGUFWarning(UserWarning):
    """A file is read, and other software will not read it."""
