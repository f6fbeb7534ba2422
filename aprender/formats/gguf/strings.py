"""Arrays of strings: where each one begins, and their text. A vocabulary has 150,000 of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from aprender.formats.gguf.cursor import TEXT, Cursor

WINDOW = 1 << 16
"""Bytes that are looked at together."""
STEPS = 256
"""Strings that are walked over one by one where looking at them together did not help, and twice as
many each time that it did not help again."""
CHUNK = 1 << 14
"""Strings that are decoded together."""
LENGTH = 8
"""Bytes of a string's length."""


class Strings(tuple[str, ...]):
    """An array of strings among the metadata; of none, too, which a plain list could not say."""

    __slots__ = ()

    def __new__(cls, texts: Iterable[str] = ()) -> Strings:
        """Of these texts; one text is not many of one letter."""
        if isinstance(texts, str):
            raise TypeError(f"Strings({texts!r}): a list of strings is wanted, and this is one")
        return super().__new__(cls, texts)


def read_strings(cursor: Cursor, count: int) -> Strings:
    """The `count` strings here."""
    return Strings(_decoded(cursor, count))


def _decoded(cursor: Cursor, count: int) -> list[str]:
    """Of its own, so that the positions are gone before the list is copied: both take memory."""
    starts = string_starts(cursor, count)
    texts = [""] * count
    for first in range(0, count, CHUNK):
        at = starts[first : first + CHUNK + 1].tolist()
        texts[first : first + CHUNK] = _texts(cursor, at)
    return texts


def _texts(cursor: Cursor, at: list[int]) -> list[str]:
    """The strings that begin, with their lengths, at these positions; the last is an end."""
    begin = at[0]
    together = bytes(cursor.data[begin : at[-1]])
    try:
        return [together[one - begin + LENGTH : end - begin].decode() for one, end in pairwise(at)]
    except UnicodeDecodeError:
        for one, end in pairwise(at):
            try:
                str(cursor.data[one + LENGTH : end], "utf-8")
            except UnicodeDecodeError as error:
                where = one + LENGTH + error.start
                cursor.refuse("string", f"not UTF-8: {error.reason}", TEXT, where)
        raise


def string_starts(cursor: Cursor, count: int) -> np.ndarray:
    """Move over `count` strings; the positions [count + 1] of their lengths, and of the end.

    Seen one by one they would take a third of the time that opening a vocabulary may take.
    """
    starts = np.empty(count + 1, np.int64)
    found = 0
    steps = STEPS
    while found < count:
        seen = _seen_together(cursor, count - found)
        starts[found : found + len(seen)] = seen
        found += len(seen)
        if len(seen) >= STEPS:
            steps = STEPS
            continue
        walked = _walked(cursor, min(steps, count - found))
        starts[found : found + len(walked)] = walked
        found += len(walked)
        steps *= 2
    starts[count] = cursor.at
    return starts


def _walked(cursor: Cursor, count: int) -> list[int]:
    """Where each of the next `count` strings begins."""
    starts = []
    for _ in range(count):
        starts.append(cursor.at)
        cursor.text("string")
    return starts


def _seen_together(cursor: Cursor, most: int) -> np.ndarray:
    """Where each of the next strings begins, as far as it can be seen at once; at most `most`.

    A length below 256 is one byte and seven zeros, and text rarely has zeros. What is found so is a
    guess; it counts as far as each string found begins where the one before it ends.
    """
    here, few = cursor.at, cursor.data[cursor.at : cursor.at + WINDOW]
    window = np.frombuffer(few, np.uint8)
    zero = window == 0
    two = zero[:-1] & zero[1:]
    four = two[:-2] & two[2:]
    first_zero = np.flatnonzero(four[:-3] & four[3:])
    if cursor.order == "<":
        low = starts = first_zero[first_zero > 0] - 1
    else:
        starts = first_zero[first_zero + LENGTH <= len(window)]
        low = starts + LENGTH - 1
    if not len(starts) or starts[0] != 0:
        return starts[:0]
    ends = starts + LENGTH + window[low]
    is_next = ends[:-1] == starts[1:]
    count = min(most, len(starts) if is_next.all() else int(is_next.argmin()) + 1)
    if ends[count - 1] > cursor.remaining:
        count -= 1  # the walk refuses it, and says which one it is
    if count:
        cursor.at = here + int(ends[count - 1])
    return here + starts[:count]
