"""Mixes: what is refused, and their ids in a file."""

from __future__ import annotations

import gguf
import pytest

from aprender.formats.gguf.types import GGMLType
from aprender.quant.mixes import MIXES, fitting, tensor_types


@pytest.mark.parametrize("name", MIXES)
def test_file_types_are_those_of_gguf_py(name: str):
    theirs = {"F32": "ALL_F32"}.get(name, f"MOSTLY_{name}")
    assert MIXES[name].file_type == gguf.LlamaFileType[theirs]


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"mix 'Q4_K' is none of F32, .*FALSIFY-QUANT-MIXES"):
        tensor_types("Q4_K", {}, "llama")
    with pytest.raises(ValueError, match="architecture 'bert' is none of llama, qwen2, qwen3"):
        tensor_types("Q8_0", {}, "bert")


def test_a_tensor_without_its_layer_is_refused():
    with pytest.raises(ValueError, match=r"tensor ffn_down.weight has no layer"):
        tensor_types("Q4_K_M", {"ffn_down.weight": (256, 256)}, "llama")


@pytest.mark.parametrize(
    ("kind", "columns", "fits"),
    [
        (GGMLType.Q4_K, 256, GGMLType.Q4_K),
        (GGMLType.Q4_K, 288, GGMLType.Q5_0),
        (GGMLType.Q5_K, 288, GGMLType.Q5_1),
        (GGMLType.Q6_K, 288, GGMLType.Q8_0),
        (GGMLType.Q6_K, 40, GGMLType.F16),
        (GGMLType.Q8_0, 40, GGMLType.F16),
    ],
)
def test_rows_that_are_no_blocks_fall_back(kind: GGMLType, columns: int, fits: GGMLType):
    assert fitting(kind, columns) is fits
