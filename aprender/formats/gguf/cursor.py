"""A position in a file's bytes, from which nothing is read before it is known to be there."""

from __future__ import annotations

import struct
from typing import Literal, NoReturn

from aprender.formats.gguf.error import GGUFError

SIZES = "FALSIFY-GGUF-004"
TEXT = "FALSIFY-GGUF-TEXT"

Order = Literal["<", ">"]
"""Of bytes, as struct and NumPy write it."""


class Cursor:
    """Reads forward. Every refusal says the field, the thing it belongs to, and its offset."""

    __slots__ = ("_u32", "_u64", "at", "data", "order", "path", "thing")

    def __init__(self, data: memoryview, path: str, order: Order = "<", at: int = 0) -> None:
        self.data = data
        self.path = path
        self.order = order
        self.at = at
        self.thing = "the header"
        self._u32 = struct.Struct(f"{order}I").unpack_from
        self._u64 = struct.Struct(f"{order}Q").unpack_from

    @property
    def remaining(self) -> int:
        """Bytes up to the end of the file."""
        return len(self.data) - self.at

    def refuse(self, field: str, reason: str, guard: str, at: int | None = None) -> NoReturn:
        """Raise a GGUFError about a field that begins at `at`, or here."""
        raise GGUFError(
            reason,
            guard=guard,
            field=f"{field} of {self.thing}",
            path=self.path,
            offset=self.at if at is None else at,
        )

    def skip(self, size: int, field: str, said_at: int | None = None) -> int:
        """Move on by `size` bytes, and return where they begin; refuse if they are not there.

        `said_at` is where the file says how many they are.
        """
        at = self.at
        if size > len(self.data) - at:
            reason = f"{size} bytes, and the file ends after {self.remaining}"
            self.refuse(field, reason, SIZES, said_at)
        self.at = at + size
        return at

    def text(self, field: str) -> int:
        """Move over a text, which is a length and so many bytes; return where those begin."""
        at = self.at
        return self.skip(self.u64(field), field, at)

    def u32(self, field: str) -> int:
        """The unsigned 32-bit integer here."""
        return self._u32(self.data, self.skip(4, field))[0]

    def u64(self, field: str) -> int:
        """The unsigned 64-bit integer here."""
        return self._u64(self.data, self.skip(8, field))[0]

    def count(self, least: int, most: int, field: str) -> int:
        """A count of things that take at least `least` bytes each, of which `most` are allowed.

        Checked before anything is allocated or looped over for it.
        """
        at = self.at
        count = self.u64(field)
        if count * least > self.remaining:
            reason = f"{count} need {count * least} bytes, and the file ends after {self.remaining}"
            self.refuse(field, reason, SIZES, at)
        if count > most:
            self.refuse(field, f"{count}, and at most {most} are read", SIZES, at)
        return count

    def string(self, field: str, most: int | None = None) -> str:
        """The text here, of at most `most` bytes."""
        at = self.at
        begin = self.text(field)
        if most is not None and self.at - begin > most:
            reason = f"{self.at - begin} bytes long, and at most {most} are allowed"
            self.refuse(field, reason, TEXT, at)
        try:
            return str(self.data[begin : self.at], "utf-8")
        except UnicodeDecodeError as error:
            self.refuse(field, f"not UTF-8: {error.reason}", TEXT, begin + error.start)
