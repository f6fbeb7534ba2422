"""Falsifiers of contracts/gguf-format-safety-v1.yaml: what a reader of GGUF refuses, and how."""

from __future__ import annotations

import os
import tracemalloc
import warnings

import numpy as np

from aprender.formats.gguf import (
    GGMLType,
    GGUFError,
    GGUFWarning,
    TensorSource,
    open_gguf,
    write_gguf,
)
from falsifiers.gguf_files import TENSORS, Tensor, file, good
from falsifiers.gguf_fuzz import everything, fuzz
from falsifiers.gguf_malformed import cases


def refusal(path, data, *, strict=True):
    """The error with which a file of these bytes is refused, or None; any other is a failure."""
    path.unlink(missing_ok=True)  # a file that is mapped must not change
    path.write_bytes(data)
    return caught(lambda: read_all(path, strict))


def read_all(path, strict):
    opened = open_gguf(path, strict=strict)
    return dict(opened.metadata), [tensor.array for tensor in opened.tensors.values()]


def caught(action):
    """The GGUFError of an action, or None."""
    error = None
    try:
        action()
    except Exception as raised:
        error = raised
    assert error is None or isinstance(error, GGUFError), repr(error)
    return error


def peak_of(action):
    """Bytes allocated while a file is refused."""
    tracemalloc.start()
    error = caught(action)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error is not None
    return peak


def check_cases(tmp_path, falsifier):
    """All files of the class are refused: by this falsifier, at the byte that is wrong."""
    mine = [case for case in cases() if case.guard == falsifier.id]
    assert len(mine) == falsifier.params["cases"]
    for case in mine:
        error = refusal(tmp_path / "case.gguf", case.data, strict=case.strict)
        assert error is not None, case.name
        assert f"({falsifier.id})" in str(error), (case.name, error)
        assert str(tmp_path / "case.gguf") in str(error)
        assert case.at in (None, error.offset), (case.name, error)


def falsify_gguf_001_another_magic_is_refused_unread(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)
    path = tmp_path / "large.gguf"
    with path.open("wb") as large:
        large.write(falsifier.params["magic"].encode())
        large.truncate(falsifier.params["bytes"])
    assert peak_of(lambda: open_gguf(path)) < falsifier.params["at_most"]


def falsify_gguf_002_a_shape_that_wraps_is_refused(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)


def falsify_gguf_003_data_outside_of_their_place_are_refused(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)


def falsify_gguf_004_what_the_file_cannot_hold_is_not_allocated(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)
    path = tmp_path / "case.gguf"
    for case in cases():
        if case.guard == falsifier.id:
            path.unlink()
            path.write_bytes(case.data)
            assert peak_of(lambda: open_gguf(path)) < falsifier.params["at_most"], case.name


def falsify_gguf_005_alignments_are_powers_of_two(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)
    path = tmp_path / "written.gguf"
    tensor = TensorSource.of("one", np.ones(1, np.float32))
    for alignment in falsifier.params["not_written"]:
        metadata = {"general.alignment": np.uint32(alignment)}
        error = caught(lambda metadata=metadata: write_gguf(path, metadata, [tensor]))
        assert error is not None, alignment
        assert f"({falsifier.id})" in str(error)
        assert not path.exists()
    for alignment in falsifier.params["written"]:
        write_gguf(path, {"general.alignment": np.uint32(alignment)}, [tensor])
        assert open_gguf(path).alignment == alignment


def falsify_gguf_006_versions_2_and_3_alone_are_read(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)
    for order in ("<", ">"):
        for version in falsifier.params["versions"]:
            error = refusal(tmp_path / "case.gguf", good(order, version).data)
            assert error is None, (order, version, error)
            assert open_gguf(tmp_path / "case.gguf").version == version


def falsify_gguf_names_are_there_once_and_fit(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)
    for size in falsifier.params["sizes"]:
        named = file([], [Tensor(b"n" * size, (1,), 0, 4), TENSORS[1]])
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            assert refusal(tmp_path / "case.gguf", named.data) is None
        is_too_long = size > falsifier.params["longest_of_ggml"]
        assert [w.category for w in warned] == [GGUFWarning] * is_too_long, size
        tensor = TensorSource.of("n" * size, np.ones(1, np.float32))
        error = caught(lambda tensor=tensor: write_gguf(tmp_path / "written.gguf", {}, [tensor]))
        assert (error is not None) is is_too_long
    twice = [TensorSource.of("twice", np.ones(1, np.float32))] * 2
    assert caught(lambda: write_gguf(tmp_path / "written.gguf", {}, twice)) is not None


def falsify_gguf_text_is_utf_8_of_a_bounded_length(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)


def falsify_gguf_values_are_what_their_type_says(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)


def falsify_gguf_types_that_are_unknown_are_not_guessed(tmp_path, falsifier):
    check_cases(tmp_path, falsifier)
    known = dict(zip(falsifier.params["names"], falsifier.params["ids"], strict=True))
    assert {kind.name: kind.id for kind in GGMLType} == known
    for id_ in range(256):
        error = caught(lambda id_=id_: GGMLType.of_id(id_))
        assert (error is None) is (id_ in known.values()), id_


def falsify_gguf_unusual_files_are_read(tmp_path, falsifier):
    mine = [case for case in cases() if case.guard is None]
    assert len(mine) == falsifier.params["cases"]
    for case in mine:
        error = refusal(tmp_path / "case.gguf", case.data, strict=case.strict)
        assert error is None, (case.name, error)


def falsify_gguf_changed_files_are_noticed(tmp_path, falsifier):
    path = tmp_path / "open.gguf"
    path.write_bytes(good().data)
    opened = open_gguf(path)
    key = falsifier.params["key"]
    name = falsifier.params["tensor"]
    tensor = opened.tensors[name]
    reads = [lambda: opened.metadata[key], lambda: opened.tensors[name], lambda: tensor.array]
    assert [caught(read) for read in reads] == [None] * len(reads)
    was = path.stat()
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns + 1_000_000_000))
    for read in reads:
        assert f"({falsifier.id})" in str(caught(read))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert [caught(read) for read in reads] == [None] * len(reads)
    with path.open("r+b") as cut:
        cut.truncate(0)
    for read in reads:
        assert f"({falsifier.id})" in str(caught(read))
    assert caught(lambda: open_gguf(tmp_path)) is not None  # a directory


def falsify_gguf_corpus_damaged_files_are_read_or_refused(tmp_path, falsifier):
    params = falsifier.params
    seen = fuzz(
        everything,
        GGUFError,
        tmp_path,
        seed=params["seed"],
        count=params["files"],
        seconds=params["seconds"],
        times_file=params["times_file"],
        beyond=params["beyond"],
    )
    assert seen.undesigned == []
    assert seen.slow == []
    assert seen.large == []
    assert seen.files == params["files"]
    assert params["taken_at_least"] <= seen.taken < seen.files
    assert seen.measured > 0
