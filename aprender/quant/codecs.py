"""Which functions encode and decode which type. A type that is not listed is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aprender.formats.gguf.types import GGMLType
from aprender.quant import affine, half, layout, legacy, q6_k
from aprender.quant.arrays import Array, Arrays, as_stored

GUARD = "FALSIFY-DEF-37"


@dataclass(frozen=True)
class Codec:
    """Weights to the fields of their blocks, and back."""

    encode: Callable[[Arrays, GGMLType, Array], dict[str, Array]]
    decode: Callable[[Arrays, GGMLType, dict[str, Array]], Array]


HALF = Codec(half.encode, half.decode)
LEGACY = Codec(legacy.encode, legacy.decode)
AFFINE = Codec(affine.encode, affine.decode)

CODECS: Mapping[GGMLType, Codec] = {
    GGMLType.F32: HALF,
    GGMLType.F16: HALF,
    GGMLType.BF16: HALF,
    GGMLType.Q4_0: LEGACY,
    GGMLType.Q4_1: LEGACY,
    GGMLType.Q5_0: LEGACY,
    GGMLType.Q5_1: LEGACY,
    GGMLType.Q8_0: LEGACY,
    GGMLType.Q4_K: AFFINE,
    GGMLType.Q5_K: AFFINE,
    GGMLType.Q6_K: Codec(q6_k.encode, q6_k.decode),
}


def codec_of(kind: GGMLType) -> Codec:
    """The codec of a type; a ValueError where there is none."""
    found = CODECS.get(kind)
    if found is None:
        known = ", ".join(each.name for each in CODECS)
        name = getattr(kind, "name", repr(kind))
        raise ValueError(f"{name} is none of the types that are quantised here: {known} ({GUARD})")
    return found


def encoded(on: Arrays, kind: GGMLType, x_NB: Array) -> tuple[Array, Array]:
    """Blocks as bytes, [N, block bytes], and whether all weights and all scales are finite."""
    fields = codec_of(kind).encode(on, kind, x_NB)
    is_finite = on.xp.isfinite(x_NB).all() & stores_finite(on, kind, fields).all()
    return layout.join(on, kind, fields), is_finite


def decoded(on: Arrays, kind: GGMLType, blocks: Array) -> tuple[Array, Array]:
    """Weights, [N, block weights], and whether all that the blocks store is finite."""
    fields = layout.split(on, kind, blocks)
    return codec_of(kind).decode(on, kind, fields), stores_finite(on, kind, fields).all()


def stores_finite(on: Arrays, kind: GGMLType, fields: dict[str, Array]) -> Array:
    """Whether a block stores neither NaN nor an infinity, [N]: in its halves, where it has any."""
    names = [each.name for each in layout.FIELDS[kind] if each.dtype == layout.HALF]
    if not names:
        return on.xp.isfinite(codec_of(kind).decode(on, kind, fields)[:, 0])
    return on.xp.isfinite(as_stored(on.xp.stack([fields[name] for name in names]))).all(axis=0)
