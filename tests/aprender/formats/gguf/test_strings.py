"""Arrays of strings: seen together they are what they are one by one, in both byte orders."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aprender.formats.gguf import GGUFError, strings
from aprender.formats.gguf.cursor import Cursor, Order

ORDERS: tuple[Order, ...] = ("<", ">")

words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "\0", "\0" * 7, "\0" * 8, "\x01" + "\0" * 7, "a" * 255, "a" * 256, "é" * 300]
    ),
)


def stored(texts: list[str], order: Order) -> bytes:
    encoded = [text.encode() for text in texts]
    return b"".join(struct.pack(f"{order}Q", len(text)) + text for text in encoded)


@settings(max_examples=200, deadline=None)
@given(
    texts=st.lists(words, max_size=30),
    order=st.sampled_from(ORDERS),
    before=st.binary(max_size=9),
    after=st.binary(max_size=20),
    window=st.sampled_from([8, 9, 64, 1 << 16]),
)
def test_strings_are_what_was_stored(
    texts: list[str], order: Order, before: bytes, after: bytes, window: int
) -> None:
    data = stored(texts, order)
    cursor = Cursor(memoryview(before + data + after), "", order, at=len(before))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "WINDOW", window)
        patch.setattr(strings, "STEPS", 2)
        patch.setattr(strings, "CHUNK", 3)
        found = strings.read_strings(cursor, len(texts))
    assert found == tuple(texts)
    assert cursor.at == len(before) + len(data)


@pytest.mark.parametrize("order", ORDERS)
def test_a_long_array_is_not_walked(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tokens of a vocabulary are all found together: nothing is left to walk over."""
    texts = [f"token{i}" for i in range(50_000)]
    monkeypatch.setattr(Cursor, "text", lambda *_: pytest.fail("walked"))
    monkeypatch.setattr(strings, "STEPS", 1)
    data = stored(texts, order)
    starts = strings.string_starts(Cursor(memoryview(data), "", order), len(texts))
    lengths = np.array([len(text) for text in texts]) + strings.LENGTH
    np.testing.assert_array_equal(starts, np.concatenate([[0], np.cumsum(lengths)]))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("cut", [1, 3, 8, 11])
def test_a_last_string_that_is_cut_is_refused_where_it_begins(order: Order, cut: int) -> None:
    data = stored(["word"] * 400, order)
    cursor = Cursor(memoryview(data[:-cut]), "", order)
    with pytest.raises(GGUFError, match="FALSIFY-GGUF-004") as raised:
        strings.string_starts(cursor, 400)
    assert raised.value.offset == 399 * 12


def test_text_that_is_not_utf_8_is_told_by_its_byte() -> None:
    data = bytearray(stored(["good"] * 20, "<"))
    data[12 * 12 + 8 + 2] = 0xFF
    with pytest.raises(GGUFError, match="not UTF-8") as raised:
        strings.read_strings(Cursor(memoryview(bytes(data)), "", "<"), 20)
    assert raised.value.offset == 12 * 12 + 8 + 2


def test_one_text_is_not_many_of_one_letter() -> None:
    with pytest.raises(TypeError, match="a list of strings is wanted"):
        strings.Strings("tokens")
    assert strings.Strings() == ()
