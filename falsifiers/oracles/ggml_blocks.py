"""GGML's blocks read one bit field at a time, as ggml-common.h lays them out; float64 throughout.

Every value is one rounding away from its exact number: float32 of what is returned is what a
decoder has to give, to the bit.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SIZES = {
    "F32": (1, 4),
    "F16": (1, 2),
    "BF16": (1, 2),
    "Q4_0": (32, 18),
    "Q4_1": (32, 20),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q8_0": (32, 34),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
}
"""Weights and bytes of a block."""


def half(octets: bytes, at: int = 0) -> float:
    """A little-endian fp16."""
    return float(struct.unpack_from("<e", octets, at)[0])


def f32(octets: bytes) -> list[float]:
    return [struct.unpack("<f", octets)[0]]


def f16(octets: bytes) -> list[float]:
    return [half(octets)]


def bf16(octets: bytes) -> list[float]:
    """The upper half of a float32."""
    return [struct.unpack("<f", b"\0\0" + octets)[0]]


def nibble(octets: bytes, weight: int) -> int:
    """Of 32 weights in 16 bytes: the low halves come first."""
    return octets[weight] & 15 if weight < 16 else octets[weight - 16] >> 4


def q4_0(octets: bytes) -> list[float]:
    d = half(octets)
    return [d * (nibble(octets[2:], weight) - 8) for weight in range(32)]


def q4_1(octets: bytes) -> list[float]:
    d, m = half(octets), half(octets, 2)
    return [d * nibble(octets[4:], weight) + m for weight in range(32)]


def five_bits(octets: bytes, weight: int) -> int:
    """Of qh[4] and qs[16]."""
    fifth = int.from_bytes(octets[:4], "little") >> weight & 1
    return nibble(octets[4:], weight) + 16 * fifth


def q5_0(octets: bytes) -> list[float]:
    d = half(octets)
    return [d * (five_bits(octets[2:], weight) - 16) for weight in range(32)]


def q5_1(octets: bytes) -> list[float]:
    d, m = half(octets), half(octets, 2)
    return [d * five_bits(octets[4:], weight) + m for weight in range(32)]


def q8_0(octets: bytes) -> list[float]:
    d = half(octets)
    return [d * q for q in struct.unpack_from("32b", octets, 2)]


def scale_and_min(packed: bytes, j: int) -> tuple[int, int]:
    """The 6-bit numbers of sub-block j in 12 bytes."""
    if j < 4:
        return packed[j] & 63, packed[j + 4] & 63
    low = packed[j + 4]
    return low & 15 | packed[j - 4] >> 6 << 4, low >> 4 | packed[j] >> 6 << 4


def q4_k(octets: bytes) -> list[float]:
    return affine(octets, octets[16:], lambda weight: 0)


def q5_k(octets: bytes) -> list[float]:
    qh = octets[16:48]
    return affine(octets, octets[48:], lambda weight: qh[weight % 32] >> weight // 32 & 1)


def affine(octets: bytes, qs: bytes, fifth: Callable[[int], int]) -> list[float]:
    """8 sub-blocks of 32; a pair of them shares 32 bytes of qs, the first in the low nibbles."""
    d, dmin = half(octets), half(octets, 2)
    values = []
    for weight in range(256):
        sub_block = weight // 32
        scale, low = scale_and_min(octets[4:16], sub_block)
        octet = qs[sub_block // 2 * 32 + weight % 32]
        q = (octet >> 4 if sub_block % 2 else octet & 15) + 16 * fifth(weight)
        values.append(d * scale * q - dmin * low)
    return values


def q6_k(octets: bytes) -> list[float]:
    """16 sub-blocks of 16; codes in halves of 128, and quarters of 32 in these."""
    ql, qh, scales = octets[:128], octets[128:192], struct.unpack_from("16b", octets, 192)
    d = half(octets, 208)
    values = []
    for weight in range(256):
        upper, quarter, l = weight // 128, weight % 128 // 32, weight % 32  # noqa: E741
        octet = ql[64 * upper + 32 * (quarter % 2) + l]
        low = octet >> 4 if quarter >= 2 else octet & 15
        high = qh[32 * upper + l] >> 2 * quarter & 3
        values.append(d * scales[weight // 16] * (low + 16 * high - 32))
    return values


DECODERS: dict[str, Callable[[bytes], list[float]]] = {
    "F32": f32,
    "F16": f16,
    "BF16": bf16,
    "Q4_0": q4_0,
    "Q4_1": q4_1,
    "Q5_0": q5_0,
    "Q5_1": q5_1,
    "Q8_0": q8_0,
    "Q4_K": q4_k,
    "Q5_K": q5_k,
    "Q6_K": q6_k,
}


def decode(kind: str, blocks: ArrayLike) -> Floats:
    """A row of blocks, uint8, as weights."""
    octets = np.asarray(blocks, np.uint8).tobytes()
    size = SIZES[kind][1]
    values: list[float] = []
    for start in range(0, len(octets), size):
        values += DECODERS[kind](octets[start : start + size])
    return np.array(values)


LEVELS = {"Q4_0": -8, "Q5_0": -16, "Q4_1": 15, "Q5_1": 31, "Q8_0": 127}
"""What the range of a block is divided by to give its step."""


def bound(kind: str, block: ArrayLike) -> float:
    """The largest error of a weight in a block of 32 that its type allows, with fp16 scales.

    Half a step, or a whole one where the largest code is one short of the range (Q4_0, Q5_0), and
    for each step the error of the stored one.
    """
    x = np.asarray(block, np.float64)
    levels = LEVELS[kind]
    has_min = kind in ("Q4_1", "Q5_1")
    step = (np.ptp(x) if has_min else np.abs(x).max()) / abs(levels)
    steps = 1.0 if levels < 0 else 0.5
    least = half_rounding(float(np.abs(x.min()))) if has_min else 0.0
    return float(steps * step + abs(levels) * half_rounding(step) + least)


def half_rounding(value: float) -> float:
    """The largest error of fp16 near a value."""
    return max(value * 2.0**-11, 2.0**-25)
