"""Which functions encode and decode which type. A type that is not listed is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aprender.formats.gguf.types import GGMLType
from aprender.quant import affine, half, layout, legacy, q6_k
from aprender.quant.arrays import Array, Arrays

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
    """Blocks as bytes, [N, block bytes], and for each whether all that it stores is finite."""
    blocks = layout.join(on, kind, codec_of(kind).encode(on, kind, x_NB))
    is_finite_N = on.xp.isfinite(x_NB).all(axis=1)
    return blocks, is_finite_N & has_finite_scales(on, kind, layout.split(on, kind, blocks))


def decoded(on: Arrays, kind: GGMLType, blocks: Array) -> tuple[Array, Array]:
    """Weights, [N, block weights], and for each block whether all that it stores is finite."""
    fields = layout.split(on, kind, blocks)
    return codec_of(kind).decode(on, kind, fields), has_finite_scales(on, kind, fields)


def has_finite_scales(on: Arrays, kind: GGMLType, fields: dict[str, Array]) -> Array:
    """For each block; a type without blocks stores its numbers themselves."""
    if not kind.is_quantised:
        return on.xp.isfinite(codec_of(kind).decode(on, kind, fields)[:, 0])
    halves = [fields[each.name] for each in layout.FIELDS[kind] if each.dtype == layout.HALF]
    return on.xp.isfinite(on.xp.stack(halves)).all(axis=0)
