"""What opening, reading and writing cost: memory beyond the file, and time, at their worst."""

from __future__ import annotations

import gc
import itertools
import os
import struct
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from aprender.formats.gguf import GGMLType, GGUFError, TensorSource, open_gguf, write_gguf

HEAD = struct.Struct("<4sIQQ")
ALLOWED = 16 << 20


def short_names(count: int) -> Iterator[bytes]:
    """The shortest names that there are."""
    letters = [chr(code).encode() for code in range(1, 128)]
    for length in itertools.count(1):
        for name in itertools.product(letters, repeat=length):
            yield b"".join(name)
            count -= 1
            if not count:
                return


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def many_keys(count: int) -> bytes:
    pairs = (text(name) + struct.pack("<IB", 0, 1) for name in short_names(count))
    return HEAD.pack(b"GGUF", 3, 0, count) + b"".join(pairs)


def many_tensors(count: int) -> bytes:
    """Without axes they would have data; with an axis of 0 they have none, and the same place."""
    records = (text(name) + struct.pack("<IQIQ", 1, 0, 0, 0) for name in short_names(count))
    return HEAD.pack(b"GGUF", 3, count, 0) + b"".join(records)


def one_array(kind: int, count: int, elements: bytes) -> bytes:
    head = HEAD.pack(b"GGUF", 3, 0, 1) + text(b"a")
    return head + struct.pack("<IIQ", 9, kind, count) + elements


def many_strings(word: str, count: int) -> bytes:
    return one_array(8, count, text(word.encode()) * count)


WORST: dict[str, Callable[[], bytes]] = {
    "keys": lambda: many_keys(1 << 16),
    "tensors": lambda: many_tensors(1 << 16),
    "too many keys": lambda: many_keys((1 << 16) + 1),
    "strings of nothing": lambda: many_strings("", 150_000),
    "strings of two letters": lambda: many_strings("ab", 150_000),
    "strings of one letter": lambda: many_strings("Ā", 150_000),
    "strings of one emoji": lambda: many_strings("🎉", 150_000),
    "zeros in strings": lambda: many_strings("\0\0\0", 150_000),
    "arrays of nothing": lambda: one_array(9, 1 << 14, struct.pack("<IQ", 0, 0) * (1 << 14)),
    "one long text": lambda: (
        HEAD.pack(b"GGUF", 3, 0, 1)
        + text(b"a")
        + struct.pack("<I", 8)
        + text("é".encode() * 2_000_000 + "🎉".encode())
    ),
}


def read_some(path: Path) -> GGUFError | None:
    """Open a file and read the first thing of each kind; why that was refused, if it was."""
    try:
        opened = open_gguf(path)
        for values in (opened.metadata, opened.tensors):
            assert all(values[key] is not None for key in itertools.islice(values, 1))
    except GGUFError as error:
        return error
    return None


@pytest.mark.parametrize("name", WORST)
def test_memory_and_time_stay_within_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "worst.gguf"
    data = WORST[name]()
    path.write_bytes(data)
    begin = time.process_time()
    error = read_some(path)
    took = time.process_time() - begin
    assert took < 8  # under 1 s on an idle machine; a loop without end is what this is for
    assert (error is not None) is (name == "too many keys")
    assert error is None or "at most 65536 are read (FALSIFY-GGUF-004)" in str(error)
    tracemalloc.start()
    read_some(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 10 * len(data) + ALLOWED


def test_writing_takes_one_tensor_at_a_time(tmp_path: Path) -> None:
    shape, count = (1 << 11, 1 << 11), 3
    size = 4 * shape[0] * shape[1]

    def made(value: int) -> Callable[[], np.ndarray]:
        # Not contiguous, so that it is brought into order piece by piece.
        return lambda: np.full(shape[::-1], value, np.float32).T

    sources = [TensorSource(f"t{i}", shape, GGMLType.F32, made(i)) for i in range(count)]
    for byte_order in ("little", "big"):
        tracemalloc.start()
        write_gguf(tmp_path / "stream.gguf", {}, sources, byte_order=byte_order)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < size + (12 << 20) < 2 * size
    opened = open_gguf(tmp_path / "stream.gguf")
    for i in range(count):
        assert (opened.tensors[f"t{i}"].array == i).all()


def test_reading_copies_nothing(tmp_path: Path) -> None:
    size = 1 << 22
    path = tmp_path / "large.gguf"
    write_gguf(path, {}, [TensorSource.of("large", np.arange(size, dtype=np.float32))])
    tracemalloc.start()
    opened = open_gguf(path)
    array = opened.tensors["large"].array
    assert array[-1] == size - 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
    assert np.shares_memory(array, opened.tensors["large"].array)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_arrays_outlive_the_file_they_are_views_of(tmp_path: Path) -> None:
    path = tmp_path / "gone.gguf"
    write_gguf(path, {}, [TensorSource.of("one", np.arange(9.0))])
    array = open_gguf(path).tensors["one"].array
    path.unlink()
    np.testing.assert_array_equal(array, np.arange(9.0))


def test_a_file_that_nobody_holds_is_closed_at_once(tmp_path: Path) -> None:
    """Not when garbage is collected: until then there may be no handles left."""
    path = tmp_path / "many.gguf"
    write_gguf(path, {"a": True}, [TensorSource.of("one", np.arange(9.0))])
    handles = len(list(Path("/proc/self/fd").iterdir()))
    gc.disable()
    try:
        for _ in range(20):
            opened = open_gguf(path)
            assert opened.metadata["a"]
            assert opened.tensors["one"].array[-1] == 8
        del opened
        assert len(list(Path("/proc/self/fd").iterdir())) == handles
    finally:
        gc.enable()


def test_the_same_input_is_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    script = """if True:
        import sys
        import numpy as np
        from aprender.formats.gguf import Strings, TensorSource, write_gguf
        metadata = {f"key.{i}": np.uint8(i) for i in range(50)}
        metadata["words"] = Strings({f"word{i}": i for i in range(50)})
        tensors = [TensorSource.of(f"t{i}", np.arange(i, dtype=np.float32)) for i in range(9)]
        write_gguf(sys.argv[1], metadata, tensors)
    """
    written = []
    for seed in ("0", "1", "2"):
        path = tmp_path / f"{seed}.gguf"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, path], check=True, env=environment)
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]


def test_the_package_needs_numpy_alone() -> None:
    script = """if True:
        import sys
        import aprender.formats.gguf
        others = {"jax", "flax", "optax", "ml_dtypes", "gguf"} & set(sys.modules)
        assert not others, others
    """
    subprocess.run([sys.executable, "-c", script], check=True)
