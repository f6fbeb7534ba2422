"""Files that are wrong, one by one, and as chance makes them."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from aprender.formats.gguf import GGUFError, open_gguf
from falsifiers.gguf_files import SCALARS, TENSORS, file, good, vocabulary
from falsifiers.gguf_fuzz import damaged, everything, fuzz
from falsifiers.gguf_malformed import Case, cases

FILES = 10_000


def error_of(path: Path, data: bytes, *, strict: bool = True) -> GGUFError | None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    try:
        opened = open_gguf(path, strict=strict)
        assert len(list(opened.metadata.values())) == len(opened.metadata)
        assert all(tensor.array.nbytes == tensor.nbytes for tensor in opened.tensors.values())
    except GGUFError as error:
        return error
    return None


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name[:60])
def test_every_class_is_refused_or_taken(tmp_path: Path, case: Case) -> None:
    error = error_of(tmp_path / "case.gguf", case.data, strict=case.strict)
    if case.guard is None:
        assert error is None
        return
    assert error is not None
    assert error.path == str(tmp_path / "case.gguf")
    assert error.field
    assert str(error).startswith(f"{error.path}: {error.field} at byte {error.offset}: ")
    assert str(error).endswith(f"({case.guard})")
    assert case.at in (None, error.offset)


@pytest.mark.parametrize("base", [good(), good(">"), good(version=2)], ids=["3", "big", "2"])
def test_a_file_is_whole_up_to_its_last_data(tmp_path: Path, base) -> None:
    """Cut after every byte: all that is missing is noticed, but the padding at the end."""
    last = base.begin + 256 + 8
    for size in range(len(base.data)):
        error = error_of(tmp_path / "cut.gguf", base.data[:size])
        assert (error is None) is (size >= last), (size, error)


def test_every_byte_of_the_header_may_be_any(tmp_path: Path) -> None:
    """Flipped one at a time: read or refused, and nothing else."""
    base = file(SCALARS[6:10], TENSORS[:2])
    taken = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for at in range(base.header):
            for value in (0, 1, 0x7F, 0x80, 0xFF, base.data[at] ^ 0x20):
                data = bytearray(base.data)
                data[at] = value
                taken += error_of(tmp_path / "flipped.gguf", bytes(data)) is None
    assert 0 < taken < 6 * base.header


def test_chance_finds_nothing(tmp_path: Path) -> None:
    seen = fuzz(
        everything,
        GGUFError,
        tmp_path,
        seed=20_261,
        count=FILES,
        seconds=1.0,
        times_file=10,
        beyond=16 << 20,
    )
    assert (seen.undesigned, seen.slow, seen.large) == ([], [], [])
    assert seen.files == FILES
    assert seen.taken > FILES // 20


def test_chance_is_the_same_for_a_seed() -> None:
    one, again, other = (list(damaged(seed, 40)) for seed in (1, 1, 2))
    assert one == again
    assert [data for _, data in one] != [data for _, data in other]
    whole = {good().data, good(">").data, good(version=2).data, vocabulary().data}
    assert sum(data in whole for _, data in one) < 10


def test_the_fuzzer_notices(tmp_path: Path) -> None:
    """A reader that fails, is slow, or allocates: each is told."""

    def careless(path: Path) -> None:
        data = path.read_bytes()
        if data[:4] != b"GGUF":
            raise IndexError("no magic")
        if len(data) < 100:
            raise GGUFError("short", guard="none", field="file")
        bytes(1 << 20)

    seen = fuzz(
        careless, GGUFError, tmp_path, seed=3, count=400, seconds=-1.0, times_file=0, beyond=1 << 19
    )
    assert seen.undesigned
    assert all("IndexError: no magic" in said for said in seen.undesigned)
    assert len(seen.slow) == seen.files == 400
    assert seen.large
    assert 0 < seen.taken < 400


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(GGUFError, match="no regular file"):
            open_gguf(path)
    with pytest.raises(FileNotFoundError):
        open_gguf(tmp_path / "missing.gguf")
