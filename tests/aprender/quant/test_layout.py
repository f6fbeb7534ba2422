"""The layouts agree with the table of types that files are read with."""

from __future__ import annotations

import pytest

from aprender.formats.gguf.types import GGMLType
from aprender.quant.codecs import CODECS
from aprender.quant.layout import FIELDS, HALF


def test_every_codec_has_a_layout():
    assert set(CODECS) == set(FIELDS)


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.name)
def test_fields_fill_the_block_and_halves_lie_where_the_types_say(kind: GGMLType):
    offsets, start = [], 0
    for field in FIELDS[kind]:
        if field.dtype == HALF:
            offsets.append(start)
        start += field.bytes
    assert start == kind.block_bytes
    if kind.is_quantised:
        assert tuple(offsets) == kind.halves
