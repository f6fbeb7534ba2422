"""Quantising to GGML's blocks and back, as ratios: time beside gguf-py and libgguf, peak memory.

``python benchmarks/quantize.py [--json]``; needs gguf, and takes libgguf too where it is installed.
Normal float32 weights, rates in MB of float32. All in this one run; a time is the best of seven,
taken in turn.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import gguf
import jax
import numpy as np
from numpy.typing import NDArray
from report import Row, need, run

from aprender.formats.gguf.types import GGMLType
from aprender.quant import exact, jitted

ROWS, COLUMNS = 4096, 4096
SEARCHED_ROWS = 1024
"""A search takes longer, and is measured on fewer."""
GPU_ROWS = 65536
TIMES = 7
LIBRARIES = ("NumPy", "JAX")
LEGACY = (GGMLType.Q4_0, GGMLType.Q4_1, GGMLType.Q5_0, GGMLType.Q5_1, GGMLType.Q8_0)
SEARCHED = (GGMLType.Q4_K, GGMLType.Q5_K, GGMLType.Q6_K)

NUMPY_RATE, JAX_RATE = 20, 60
"""MB/s of Q4_K: the bars, on two cores."""


def measure(rows: int = ROWS, searched_rows: int = SEARCHED_ROWS) -> Iterator[Row]:
    """All rows."""
    x = weights(rows)
    for kind in LEGACY:
        yield from quantise_beside_gguf(kind, x)
    for kind in LEGACY + SEARCHED:
        yield from dequantise_beside_gguf(kind, x[:searched_rows])
    for kind in SEARCHED:
        yield from searches(kind, x[:searched_rows])
    yield peak_memory(GGMLType.Q4_K, x[:searched_rows])
    if jax.default_backend() == "gpu":
        yield on_a_gpu(GGMLType.Q4_K)


def weights(rows: int) -> NDArray[np.float32]:
    """Of a matrix."""
    return np.random.default_rng(0).standard_normal((rows, COLUMNS), np.float32)


def quantise_beside_gguf(kind: GGMLType, x: NDArray[np.float32]) -> Iterator[Row]:
    """Both ways here, beside gguf-py; the bytes have to be equal."""
    theirs, *ours = in_turn(
        lambda: gguf.quantize(x, gguf.GGMLQuantizationType[kind.name]),
        lambda: exact.quantize(x, kind),
        lambda: jitted.quantize(x, kind),
    )
    for library, mine in zip(LIBRARIES, ours, strict=True):
        need(np.array_equal(mine.answer, theirs.answer), f"{kind.name}: the bytes differ", library)
        bar = 1.0 if kind is GGMLType.Q8_0 and library == "NumPy" else None
        what = f"time to quantise, {kind.name}, {library}"
        yield beside(what, "gguf-py", mine.seconds, theirs.seconds, bar, x)


def dequantise_beside_gguf(kind: GGMLType, x: NDArray[np.float32]) -> Iterator[Row]:
    """Both ways here, beside gguf-py; the values have to be equal."""
    blocks = exact.quantize(x, kind)
    theirs, *ours = in_turn(
        lambda: gguf.dequantize(blocks, gguf.GGMLQuantizationType[kind.name]),
        lambda: exact.dequantize(blocks, kind),
        lambda: jitted.dequantize(blocks, kind),
    )
    for library, mine in zip(LIBRARIES, ours, strict=True):
        is_same = np.allclose(mine.answer, theirs.answer, atol=1e-6)
        need(is_same, f"{kind.name}: values differ", library)
        bar = 1.0 if library == "NumPy" else None
        what = f"time to dequantise, {kind.name}, {library}"
        yield beside(what, "gguf-py", mine.seconds, theirs.seconds, bar, x)


def searches(kind: GGMLType, x: NDArray[np.float32]) -> Iterator[Row]:
    """A K type, which gguf-py does not quantise: beside a rate, and libgguf where there is one."""
    actions = [lambda: exact.quantize(x, kind), lambda: jitted.quantize(x, kind)]
    if importlib.util.find_spec("libgguf"):
        actions.append(of_libgguf(kind, x))
    timed = in_turn(*actions)
    ours, others = timed[: len(LIBRARIES)], timed[len(LIBRARIES) :]
    for library, rate, mine in zip(LIBRARIES, (NUMPY_RATE, JAX_RATE), ours, strict=True):
        what = f"time to quantise, {kind.name}, {library}"
        bar = 1.0 if kind is GGMLType.Q4_K else None
        yield beside(what, f"{rate} MB/s", mine.seconds, x.nbytes / 1e6 / rate, bar, x)
        for other in others:
            need(np.array_equal(mine.answer, other.answer), f"{kind.name}: bytes differ", library)
            yield beside(what, "libgguf", mine.seconds, other.seconds, None, x)


def of_libgguf(kind: GGMLType, x: NDArray[np.float32]) -> Callable[[], Any]:
    """Its quantiser of a type, with its own choice of threads."""
    import libgguf

    return lambda: libgguf.quantize_rows(x, libgguf.GGMLQuantizationType[kind.name])


def peak_memory(kind: GGMLType, x: NDArray[np.float32]) -> Row:
    """What NumPy holds at most while it quantises, beside the blocks that it returns."""
    tracemalloc.start()
    blocks = exact.quantize(x, kind)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Row(
        f"peak memory to quantise {x.nbytes / 1e6:.0f} MB, {kind.name}, NumPy",
        "the blocks and 4 MB",
        peak / (blocks.nbytes + 4e6),
        1.0,
        f"{peak / 1e6:.1f} MB / {blocks.nbytes / 1e6 + 4:.1f} MB",
    )


def on_a_gpu(kind: GGMLType) -> Row:
    """GB of float32 a second, from weights that are on the device to blocks that are."""
    x = jax.device_put(weights(GPU_ROWS))
    (mine,) = in_turn(lambda: jitted.quantize(x, kind))
    what = f"time to quantise, {kind.name}, JAX on a GPU"
    return beside(what, "50 GB/s", mine.seconds, x.nbytes / 50e9, None, x)


def beside(what: str, against: str, mine: float, theirs: float, bar: float | None, x: Any) -> Row:
    """A row that says both rates."""
    rates = [x.nbytes / 1e6 / seconds for seconds in (mine, theirs)]
    return Row(what, against, mine / theirs, bar, f"{rates[0]:.0f} / {rates[1]:.0f} MB/s")


class Timed(NamedTuple):
    """What an action gave, and the seconds of its fastest run."""

    answer: Any
    seconds: float


def in_turn(*actions: Callable[[], Any]) -> list[Timed]:
    """Each of them in turn, several times; the first, which may compile, does not count."""
    answers = [jax.block_until_ready(action()) for action in actions]
    seconds: list[list[float]] = [[] for _ in actions]
    for _ in range(TIMES):
        for action, taken in zip(actions, seconds, strict=True):
            start = time.perf_counter()
            jax.block_until_ready(action())
            taken.append(time.perf_counter() - start)
    return [Timed(answer, min(taken)) for answer, taken in zip(answers, seconds, strict=True)]


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
