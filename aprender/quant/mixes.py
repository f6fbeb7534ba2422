"""Which tensor of a model gets which type in a file that is called Q4_K_M and the like.

Source: llama_tensor_get_type and tensor_type_fallback of llama.cpp's llama-quant.cpp, for dense
models of the architectures llama, qwen2 and qwen3 without an importance matrix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aprender.formats.gguf.types import GGMLType

GUARD = "FALSIFY-QUANT-MIXES"

Shapes = Mapping[str, tuple[int, ...]]
"""Of tensors under GGUF's names, the contiguous axis last."""


@dataclass(frozen=True)
class Mix:
    """What a file type does to attn_v and ffn_down; other matrices get its default type."""

    file_type: int
    """The value of general.file_type."""
    default: GGMLType
    more_bits: GGMLType | None = None
    """Of attn_v and ffn_down in the first and last eighth of the layers, and each third between."""
    early: GGMLType | None = None
    """Of attn_v in the first 4 layers, and of ffn_down in the first eighth."""


MIXES: Mapping[str, Mix] = {
    "F32": Mix(0, GGMLType.F32),
    "F16": Mix(1, GGMLType.F16),
    "BF16": Mix(32, GGMLType.BF16),
    "Q4_0": Mix(2, GGMLType.Q4_0),
    "Q4_1": Mix(3, GGMLType.Q4_1),
    "Q5_0": Mix(8, GGMLType.Q5_0),
    "Q5_1": Mix(9, GGMLType.Q5_1),
    "Q8_0": Mix(7, GGMLType.Q8_0),
    "Q4_K_S": Mix(14, GGMLType.Q4_K, early=GGMLType.Q5_K),
    "Q4_K_M": Mix(15, GGMLType.Q4_K, more_bits=GGMLType.Q6_K),
    "Q5_K_S": Mix(16, GGMLType.Q5_K),
    "Q5_K_M": Mix(17, GGMLType.Q5_K, more_bits=GGMLType.Q6_K),
    "Q6_K": Mix(18, GGMLType.Q6_K),
}

FALLBACKS = {
    GGMLType.Q4_K: GGMLType.Q5_0,
    GGMLType.Q5_K: GGMLType.Q5_1,
    GGMLType.Q6_K: GGMLType.Q8_0,
}
"""Of types whose blocks do not fit into a row."""

ARCHITECTURES = ("llama", "qwen2", "qwen3")
LARGE_LAYERS = 80
"""The models of 65 to 72 billion weights."""


def mix_of(name: str) -> Mix:
    """The mix of a name such as Q4_K_M; a ValueError for any other."""
    if name not in MIXES:
        raise ValueError(f"mix {name!r} is none of {', '.join(MIXES)} ({GUARD})")
    return MIXES[name]


def tensor_types(name: str, shapes: Shapes, architecture: str) -> dict[str, GGMLType]:
    """The type of every tensor of a model in the mix of a name.

    ``shapes`` are those of the whole model: whether the head is tied, and how many layers there
    are, follows from them. ``architecture`` is the value of general.architecture.
    """
    mix = mix_of(name)
    if architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"architecture {architecture!r} is none of {known} ({GUARD})")
    model = _Model.of(shapes, architecture)
    return {tensor: _type_of(tensor, shape, mix, model) for tensor, shape in shapes.items()}


@dataclass(frozen=True)
class _Model:
    """What the types depend on beside a tensor's own name and shape."""

    layers: int
    is_tied: bool
    is_large: bool
    """Whether llama.cpp takes it for a 70B model, where many heads share one small attn_v."""

    @classmethod
    def of(cls, shapes: Shapes, architecture: str) -> _Model:
        """From all tensors."""
        layers = len({_layer(tensor) for tensor in shapes} - {None})
        is_large = layers == LARGE_LAYERS and _is_shared(shapes, architecture)
        return cls(layers, "output.weight" not in shapes, is_large)


def _is_shared(shapes: Shapes, architecture: str) -> bool:
    """Whether a model of 80 layers counts as one with grouped heads."""
    is_grouped = shapes["blk.0.attn_q.weight"][0] != shapes["blk.0.attn_k.weight"][0]
    return {"llama": is_grouped, "qwen2": True, "qwen3": False}[architecture]


def _type_of(tensor: str, shape: tuple[int, ...], mix: Mix, model: _Model) -> GGMLType:
    if not is_matrix(tensor, shape):
        return GGMLType.F32
    if not mix.default.is_quantised:
        return mix.default
    columns = shape[-1]
    if tensor == "output.weight" or (tensor == "token_embd.weight" and model.is_tied):
        return fitting(_head_type(mix, columns), columns)
    if "ffn_down" in tensor or "attn_v.weight" in tensor:
        return fitting(_sensitive_type(tensor, mix, model), columns)
    return fitting(mix.default, columns)


def is_matrix(tensor: str, shape: tuple[int, ...]) -> bool:
    """Whether a tensor is quantised at all: norms, biases and single rows stay float32."""
    has_rows = any(size > 1 for size in shape[:-1])
    return has_rows and tensor.endswith("weight") and not tensor.endswith("_norm.weight")


def _head_type(mix: Mix, columns: int) -> GGMLType:
    """Of the head, or of the embedding that serves as one."""
    if columns % mix.default.block_weights or mix.default is GGMLType.Q8_0:
        return GGMLType.Q8_0
    return GGMLType.Q6_K


def _sensitive_type(tensor: str, mix: Mix, model: _Model) -> GGMLType:
    """Of attn_v and ffn_down, by their layer."""
    layer = _layer(tensor)
    if layer is None:
        raise ValueError(f"tensor {tensor} has no layer: blk.N. is missing ({GUARD})")
    is_value = "attn_v.weight" in tensor
    chosen = mix.default
    if mix.more_bits and has_more_bits(layer, model.layers):
        chosen = mix.more_bits
    if mix.early and layer < (4 if is_value else model.layers // 8):
        chosen = mix.early
    if is_value and chosen is GGMLType.Q4_K and model.is_large:
        return GGMLType.Q5_K
    return chosen


def has_more_bits(layer: int, layers: int) -> bool:
    """The first and the last eighth of the layers, and each third one between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _layer(tensor: str) -> int | None:
    found = re.match(r"blk\.(\d+)\.", tensor)
    return int(found[1]) if found else None


def fitting(kind: GGMLType, columns: int) -> GGMLType:
    """The type, or where rows are no multiple of its block a smaller block, or F16."""
    if columns % kind.block_weights:
        kind = FALLBACKS.get(kind, kind)
    return GGMLType.F16 if columns % kind.block_weights else kind
