"""Quantising to GGML's blocks and back, as ratios: time beside gguf-py and libgguf, peak memory.

``python benchmarks/quantize.py [--json]``; needs gguf, and takes libgguf too where it is installed.
Normal float32 weights, rates in MB of float32. All in this one run, one thing after the other; a
time is the best of three.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

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
TIMES = 3
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
    theirs, seconds = best(gguf.quantize, x, gguf.GGMLQuantizationType[kind.name])
    for library, quantize in (("NumPy", exact.quantize), ("JAX", jitted.quantize)):
        blocks, mine = best(quantize, x, kind)
        need(np.array_equal(blocks, theirs), f"{kind.name}: the bytes differ", library)
        bar = 1.0 if kind is GGMLType.Q8_0 and library == "NumPy" else None
        yield beside(f"time to quantise, {kind.name}, {library}", "gguf-py", mine, seconds, bar, x)


def dequantise_beside_gguf(kind: GGMLType, x: NDArray[np.float32]) -> Iterator[Row]:
    """Both ways here, beside gguf-py; the values have to be equal."""
    blocks = exact.quantize(x, kind)
    theirs, seconds = best(gguf.dequantize, blocks, gguf.GGMLQuantizationType[kind.name])
    for library, dequantize in (("NumPy", exact.dequantize), ("JAX", jitted.dequantize)):
        values, mine = best(dequantize, blocks, kind)
        need(np.allclose(values, theirs, atol=1e-6), f"{kind.name}: values differ", library)
        bar = 1.0 if library == "NumPy" else None
        what = f"time to dequantise, {kind.name}, {library}"
        yield beside(what, "gguf-py", mine, seconds, bar, x)


def searches(kind: GGMLType, x: NDArray[np.float32]) -> Iterator[Row]:
    """A K type, which gguf-py does not quantise: beside a rate, and libgguf where there is one."""
    rates = ((exact.quantize, "NumPy", NUMPY_RATE), (jitted.quantize, "JAX", JAX_RATE))
    others = [of_libgguf(kind)] if importlib.util.find_spec("libgguf") else []
    for quantize, library, rate in rates:
        what = f"time to quantise, {kind.name}, {library}"
        blocks, mine = best(quantize, x, kind)
        bar = 1.0 if kind is GGMLType.Q4_K else None
        yield beside(what, f"{rate} MB/s", mine, x.nbytes / 1e6 / rate, bar, x)
        for other in others:
            theirs, seconds = best(other, x)
            need(np.array_equal(blocks, theirs), f"{kind.name}: the bytes differ", library)
            yield beside(what, "libgguf", mine, seconds, None, x)


def of_libgguf(kind: GGMLType) -> Callable[[NDArray[np.float32]], Any]:
    """Its quantiser of a type, with its own choice of threads."""
    import libgguf

    return lambda x: libgguf.quantize_rows(x, libgguf.GGMLQuantizationType[kind.name])


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
    _, mine = best(jitted.quantize, x, kind)
    return beside(
        f"time to quantise, {kind.name}, JAX on a GPU", "50 GB/s", mine, x.nbytes / 50e9, None, x
    )


def beside(what: str, against: str, mine: float, theirs: float, bar: float | None, x: Any) -> Row:
    """A row that says both rates."""
    rates = [x.nbytes / 1e6 / seconds for seconds in (mine, theirs)]
    return Row(what, against, mine / theirs, bar, f"{rates[0]:.0f} / {rates[1]:.0f} MB/s")


def best(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """The answer, and seconds of the fastest call; the first one, which may compile, counts not."""
    seconds = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        answer = jax.block_until_ready(function(*arguments))
        seconds.append(time.perf_counter() - start)
    return answer, min(seconds[1:])


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
