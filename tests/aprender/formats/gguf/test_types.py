"""The table of types, against gguf-py's, and what it refuses."""

from __future__ import annotations

import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from aprender.formats.gguf.types import GGMLType

KNOWN = {kind.id: kind for kind in GGMLType}


@pytest.mark.parametrize("kind", GGMLType)
def test_ids_and_blocks_are_those_of_ggml(kind: GGMLType) -> None:
    theirs = GGMLQuantizationType[kind.name]
    assert theirs.value == kind.id
    assert GGML_QUANT_SIZES[theirs] == (kind.block_weights, kind.block_bytes)


def test_every_other_id_is_refused() -> None:
    for id_ in range(256):
        if id_ in KNOWN:
            assert GGMLType.of_id(id_) is KNOWN[id_]
        else:
            with pytest.raises(ValueError, match=f"type id {id_} is none of"):
                GGMLType.of_id(id_)


@pytest.mark.parametrize("kind", GGMLType)
def test_a_row_has_whole_blocks(kind: GGMLType) -> None:
    assert kind.row_bytes(0) == 0
    assert kind.row_bytes(3 * kind.block_weights) == 3 * kind.block_bytes
    refused = {-kind.block_weights, 1, kind.block_weights - 1, kind.block_weights + 1}
    for weights in refused if kind.is_quantised else (-1,):
        with pytest.raises(ValueError, match=f"a row of {weights} weights is no multiple"):
            kind.row_bytes(weights)


@pytest.mark.parametrize("kind", GGMLType)
def test_halves_lie_within_the_block(kind: GGMLType) -> None:
    assert bool(kind.halves) == kind.is_quantised
    assert all(0 <= at <= kind.block_bytes - 2 and at % 2 == 0 for at in kind.halves)
