"""Weights to quantise, of many kinds: what a falsifier and the script that made the goldens share.

It imports nothing from aprender. Shape: N blocks of 256 weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WEIGHTS = 256
"""Of the longest block; rows of so many weights have whole blocks of every type."""
FEW, MANY = 2, 128
"""Rows of one kind."""

Floats = NDArray[np.float32]
Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return 0.02 * rng.standard_normal(shape)


def uniform(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return rng.random(shape) - 0.5


def heavy_tailed(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Student's t with 3 degrees of freedom."""
    squares = sum(rng.standard_normal(shape) ** 2 for _ in range(3))
    return rng.standard_normal(shape) / np.sqrt(squares / 3)


def laplace(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return rng.standard_exponential(shape) * signs(rng, shape)


def constant(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """One number in each block, of either sign."""
    return np.broadcast_to(rng.standard_normal((shape[0], 1)), shape)


def zero(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Positive and negative zeros."""
    return 0.0 * signs(rng, shape)


def tiny(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """2^-40 to 2^-16: fp16 scales lose their bits, and become 0."""
    return rng.standard_normal(shape) * powers_of_two(rng, shape, -40, -16)


def minute(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """2^-110 to 2^-40: squares and cubes leave float32."""
    return rng.standard_normal(shape) * powers_of_two(rng, shape, -110, -40)


def subnormal(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """2^-146 to 2^-122: below and just above the least normal float32."""
    return rng.standard_normal(shape) * powers_of_two(rng, shape, -146, -122)


def huge(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Up to what every type can hold."""
    return 65000 * (2 * rng.random(shape) - 1)


def sparse(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """One weight in 20 is not 0."""
    return rng.standard_normal(shape) * (rng.random(shape) < 0.05)


def spike(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """One weight of a block is not 0."""
    x = np.zeros(shape)
    x[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = rng.standard_normal(shape[0])
    return x


def outliers(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """One weight in 100 is 50 times as large."""
    return rng.standard_normal(shape) * np.where(rng.random(shape) < 0.01, 50, 1)


def alternating(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Both ends of the range have the same magnitude."""
    return (rng.random((shape[0], 1)) + 0.5) * np.where(np.arange(shape[1]) % 2, -1, 1)


def positive(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return 1 + rng.random(shape)


def negative(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return -positive(rng, shape)


def ramp(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Equal steps, up or down."""
    return np.arange(shape[1]) * rng.standard_normal((shape[0], 1)) - rng.random((shape[0], 1))


def grid(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Halves of integers up to 127, which stands in every 32: many lie between two codes."""
    x = rng.integers(-253, 254, shape) / 2
    x[:, ::32] = 127
    return x


def uneven(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Every 16 weights have a size of their own."""
    sizes = 2.0 ** rng.integers(-20, 5, (shape[0], shape[1] // 16))
    return rng.standard_normal(shape) * np.repeat(sizes, 16, axis=1)


def signs(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """1 and -1."""
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0)


def powers_of_two(
    rng: np.random.Generator, shape: tuple[int, int], low: int, high: int
) -> NDArray[np.float64]:
    """One for each block."""
    return 2.0 ** rng.integers(low, high, (shape[0], 1))


KINDS: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (
        normal,
        uniform,
        heavy_tailed,
        laplace,
        constant,
        zero,
        tiny,
        minute,
        subnormal,
        huge,
        sparse,
        spike,
        outliers,
        alternating,
        positive,
        negative,
        ramp,
        grid,
        uneven,
    )
}


def blocks(kind: str, count: int) -> Floats:
    """So many blocks of one kind, [N, 256]; the same ones on every call and machine."""
    rng = np.random.default_rng([crc32(kind.encode()), count])
    return KINDS[kind](rng, (count, WEIGHTS)).astype(np.float32)


def few() -> list[Floats]:
    """Of each kind so many that their bytes are kept: arrays [FEW, 256]."""
    return [blocks(kind, FEW) for kind in KINDS]


def many() -> list[Floats]:
    """Of each kind so many that their checksums are kept: arrays [MANY, 256]."""
    return [blocks(kind, MANY) for kind in KINDS]


def digest(arrays: Iterable[Floats]) -> str:
    """Of the bits of some inputs, so that a random generator that has changed is noticed."""
    together = sha256()
    for array in arrays:
        together.update(np.ascontiguousarray(array, "<f4").tobytes())
    return together.hexdigest()
