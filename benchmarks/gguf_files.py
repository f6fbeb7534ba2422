"""GGUF files, as ratios: written and opened, beside NumPy's own writing and gguf-py.

``python benchmarks/gguf_files.py [--json]``; with ``make bench`` from a checkout. All in this one
run, one thing after the other; a time is the best of nine, taken in turn. Who writes ends with the
bytes on the disk. Memory is what a process of its own had at its most, beyond what it began with.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np
from report import Row, need, run

from aprender.formats.gguf import GGMLType, TensorSource, open_gguf, write_gguf

TIMES = 9
TENSORS = 100
NUMBERS = 500_000_000 // 4 // TENSORS
"""Of one tensor: all of them have 500 MB."""
TOKENS = 152_000

SLOWER = 1 / 0.9
"""Times as long as others writing may take, and reading of what is mapped."""

OPENED = 0.02
"""Seconds that opening a vocabulary may take."""
DECODED = 0.2
"""Seconds that opening it and decoding all of it may take."""
BESIDE_A_TENSOR = 64 << 20
"""Bytes of memory that writing may take beside the largest tensor."""
UNREAD = 16 << 20
"""Bytes of memory that opening may take before any tensor is read."""


def measure(tensors: int = TENSORS, numbers: int = NUMBERS, tokens: int = TOKENS) -> Iterator[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as directory:
        yield from writing(Path(directory), tensors, numbers)
        yield from reading(Path(directory) / "mine.gguf", tensors, numbers)
        yield from vocabulary(Path(directory) / "vocabulary.gguf", tokens)


def writing(directory: Path, tensors: int, numbers: int) -> Iterator[Row]:
    """The rate, beside NumPy's own and gguf-py's; and the memory."""
    array = np.random.default_rng(0).standard_normal(numbers, np.float32)
    sources = [TensorSource.of(f"t{i}", array) for i in range(tensors)]
    mine, plain, theirs = best(
        lambda: write_gguf(absent(directory / "mine.gguf"), {}, sources),
        lambda: with_tofile(absent(directory / "plain.bin"), array, tensors),
        lambda: with_gguf_py(absent(directory / "theirs.gguf"), array, tensors),
    )
    megabytes = array.nbytes * tensors / 1e6
    for name, other in (("tofile of NumPy", plain), ("gguf-py", theirs)):
        how = f"{megabytes / mine:.0f} and {megabytes / other:.0f} MB/s, to the disk"
        yield Row(f"time of writing {megabytes:.0f} MB", name, mine / other, SLOWER, how)
    memory = memory_of("write", directory / "memory.gguf", tensors, numbers)
    beyond = max(0, memory - array.nbytes)
    yield Row(
        "memory of writing, beside the largest tensor",
        f"{BESIDE_A_TENSOR >> 20} MiB",
        beyond / BESIDE_A_TENSOR,
        1.0,
        f"{memory / 1e6:.1f} MB in all, tensors of {array.nbytes / 1e6:.1f} MB",
    )


def absent(path: Path) -> Path:
    """The path, with nothing at it: whoever writes over a file pays for its blocks as well."""
    path.unlink(missing_ok=True)
    return path


def with_tofile(path: Path, array: np.ndarray, tensors: int) -> None:
    """The bytes alone."""
    with path.open("wb") as file:
        for _ in range(tensors):
            array.tofile(file)
        file.flush()
        os.fsync(file.fileno())


def with_gguf_py(path: Path, array: np.ndarray, tensors: int) -> None:
    """The same file from gguf-py, and then to the disk."""
    writer = gguf.GGUFWriter(path, "none")
    for i in range(tensors):
        writer.add_tensor(f"t{i}", array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def reading(path: Path, tensors: int, numbers: int) -> Iterator[Row]:
    """Opening, the sum of all numbers, and memory before any of them is read."""
    mine, theirs = best(
        lambda: open_gguf(path).tensors["t0"].array,
        lambda: gguf.GGUFReader(path).tensors[0].data,
    )
    how = f"{1000 * mine:.2f} and {1000 * theirs:.2f} ms"
    yield Row(f"time of opening a file of {tensors} tensors", "gguf-py", mine / theirs, 1.0, how)
    mapped = np.memmap(path, np.float32, mode="r")[: tensors * numbers]
    opened = open_gguf(path)
    mine, plain = best(
        lambda: [tensor.array.sum() for tensor in opened.tensors.values()],
        lambda: [part.sum() for part in np.array_split(mapped, tensors)],
    )
    how = f"{1000 * mine:.0f} and {1000 * plain:.0f} ms, warm"
    what, other = "time of the sum of all tensors", "a mapped array of NumPy"
    yield Row(what, other, mine / plain, SLOWER, how)
    memory = memory_of("open", path)
    how = f"{memory / 1e6:.1f} MB"
    yield Row("memory of an open file", f"{UNREAD >> 20} MiB", memory / UNREAD, 1.0, how)


def vocabulary(path: Path, tokens: int) -> Iterator[Row]:
    """Tokens, merges and types, as a model of 2026 has them."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz\u0120\u00e9"))
    words = [
        "".join(rng.choice(letters, size)) + str(i)
        for i, size in enumerate(rng.integers(1, 12, tokens))
    ]
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_token_list(words)
    writer.add_token_merges([f"{one} {other}" for one, other in pairwise(words)])
    writer.add_token_types([1] * tokens)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    decoded = dict(open_gguf(path).metadata)
    need(decoded["tokenizer.ggml.tokens"] == tuple(words), "tokens differ", path)
    opening, everything = best(lambda: open_gguf(path), lambda: dict(open_gguf(path).metadata))
    begin = time.perf_counter()
    gguf.GGUFReader(path)
    theirs = time.perf_counter() - begin
    what = f"time of opening a vocabulary of {tokens}"
    how = f"{1000 * opening:.1f} ms, and {theirs:.2f} s"
    yield Row(what, "gguf-py", opening / theirs, 0.02, how)
    yield Row(what, f"{OPENED} s", opening / OPENED, 1.0, f"{1000 * opening:.1f} ms")
    how = f"{1000 * everything:.1f} ms"
    yield Row(f"{what}, and decoding it", f"{DECODED} s", everything / DECODED, 1.0, how)
    one, other = (memory_of(what, path) for what in ("decode", "gguf-py"))
    how = f"{one / 1e6:.1f} and {other / 1e6:.1f} MB"
    yield Row("memory of a vocabulary that is decoded", "gguf-py", one / other, 0.2, how)


def best(*actions: Callable[[], object]) -> list[float]:
    """Seconds of the fastest of several times that each of them took."""
    seconds: list[list[float]] = [[] for _ in actions]
    for _ in range(TIMES):
        for action, taken in zip(actions, seconds, strict=True):
            begin = time.perf_counter()
            action()
            taken.append(time.perf_counter() - begin)
    return [min(taken) for taken in seconds]


def memory_of(*what: object) -> int:
    """Bytes that a process of its own takes at its most for this, beyond what it began with."""
    command = [sys.executable, __file__, "--memory", *map(str, what)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    need(done.returncode == 0, "memory was not measured", done.stderr)
    return int(done.stdout)


def memory_process(what: str, path: str, *sizes: str) -> None:
    """Print the bytes."""
    before = most_memory()
    if what == "write":
        tensors, numbers = map(int, sizes)
        sources = [
            TensorSource(f"t{i}", (numbers,), GGMLType.F32, lambda: np.ones(numbers, np.float32))
            for i in range(tensors)
        ]
        write_gguf(path, {}, sources)
    elif what == "gguf-py":
        gguf.GGUFReader(path)
    else:
        opened = open_gguf(path)
        kept = dict(opened.metadata) if what == "decode" else list(opened.tensors.values())
        need(len(kept) > 0, "nothing was read", path)
    sys.stdout.write(str(most_memory() - before))


def most_memory() -> int:
    """Bytes that this process had resident at its most."""
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    )
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory_process(*sys.argv[2:])
    else:
        sys.exit(run(__doc__, measure))
