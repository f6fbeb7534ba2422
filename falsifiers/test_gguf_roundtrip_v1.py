"""Falsifiers of contracts/gguf-roundtrip-v1.yaml: what is written is what is read, to the bit.

Files are read by the oracle, which shares no code with the writer, and by gguf-py.
"""

from __future__ import annotations

import itertools
import math
import struct

import gguf
import numpy as np
import pytest

from aprender.formats.gguf import (
    Arrays,
    GGMLType,
    GGUFError,
    Strings,
    TensorSource,
    open_gguf,
    write_gguf,
)
from aprender.hf_pipeline.gguf import gguf_verify
from aprender.quant import quantize
from falsifiers.gguf_files import TENSORS, good, pattern
from falsifiers.oracles import gguf_reader as oracle

PLAIN = {
    np.dtype(np.float32): GGMLType.F32,
    np.dtype(np.float16): GGMLType.F16,
    np.dtype(np.float64): GGMLType.F64,
    np.dtype(np.int8): GGMLType.I8,
    np.dtype(np.int16): GGMLType.I16,
    np.dtype(np.int32): GGMLType.I32,
    np.dtype(np.int64): GGMLType.I64,
}
QUANTISED = [kind for kind in GGMLType if kind.is_quantised]


def written(path, metadata, tensors, **options):
    """What the oracle finds in the file that is written."""
    write_gguf(path, metadata, tensors, **options)
    return oracle.read(path.read_bytes())


def falsify_def_31_data_begin_where_the_padding_ends(tmp_path, falsifier):
    params = falsifier.params
    values = np.array(params["values"], np.float32)
    seen = set()
    for length in range(params["alignment"]):
        path = tmp_path / f"{length}.gguf"
        tensors = [TensorSource.of("one", values), TensorSource.of("two", values[:1])]
        contents = written(path, {"a": "x" * length}, tensors)
        seen.add(contents.header % params["alignment"])
        assert 0 <= contents.begin - contents.header < params["alignment"]
        assert contents.begin % params["alignment"] == 0
        assert [tensor.data for tensor in contents.tensors] == [
            values.tobytes(),
            values[:1].tobytes(),
        ]
        assert contents.size == path.stat().st_size
        assert contents.size % params["alignment"] == 0
        opened = open_gguf(path)
        np.testing.assert_array_equal(opened.tensors["one"].array, values)
        np.testing.assert_array_equal(gguf.GGUFReader(path).tensors[0].data, values)
    assert seen == set(range(params["alignment"]))


def falsify_gguf_roundtrip_bits_of_every_number_survive(tmp_path, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    tensors = {}
    for dtype in PLAIN:
        bits = rng.integers(0, 256, (3, 5, dtype.itemsize), np.uint8).view(dtype)[..., 0]
        tensors[str(dtype)] = bits
    special = np.array(params["float32_bits"], np.uint32).view(np.float32)
    tensors["special"] = special.reshape(2, -1)
    tensors["turned"] = tensors["float64"].T
    tensors["scattered"] = rng.integers(0, 9, (4, 6)).astype(np.int32)[::2, ::3]
    sources = [TensorSource.of(name, array) for name, array in tensors.items()]
    brain = rng.integers(0, 1 << 16, (2, 7)).astype(np.uint16)
    sources.append(TensorSource("brain", brain.shape, GGMLType.BF16, brain))
    tensors["brain"] = brain
    path = tmp_path / "numbers.gguf"
    contents = written(path, {}, sources)
    opened = open_gguf(path)
    assert list(opened.tensors) == [tensor.name for tensor in contents.tensors] == list(tensors)
    for tensor in contents.tensors:
        array = tensors[tensor.name]
        assert tensor.dims == array.shape[::-1]
        assert tensor.type == PLAIN.get(array.dtype, GGMLType.BF16).id
        assert tensor.data == array.tobytes(), tensor.name
        back = opened.tensors[tensor.name]
        assert (back.shape, back.array.dtype) == (array.shape, array.dtype)
        assert back.array.shape == array.shape
        assert back.array.tobytes() == array.tobytes(), tensor.name
        assert not back.array.flags.writeable


def falsify_gguf_roundtrip_order_is_kept(tmp_path, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    names = [f"{name}.weight" for name in rng.permutation(params["tensors"])]
    sizes = rng.integers(1, 12, len(names))
    arrays = {
        name: np.full(size, i, np.float32)
        for i, (name, size) in enumerate(zip(names, sizes, strict=True))
    }
    keys = [f"a.k{key}" for key in rng.permutation(params["keys"])]
    metadata = {key: np.uint32(i) for i, key in enumerate(keys)}
    sources = [
        # As a pipeline hands them over: made when they are needed, and not before.
        TensorSource(name, array.shape, GGMLType.F32, lambda array=array: array.copy())
        for name, array in arrays.items()
    ]
    path = tmp_path / "order.gguf"
    contents = written(path, metadata, iter(sources))
    assert [tensor.name for tensor in contents.tensors] == names
    assert list(contents.metadata.items()) == [(key, (4, i)) for i, key in enumerate(keys)]
    for tensor in contents.tensors:
        assert tensor.data == arrays[tensor.name].tobytes()
    write_gguf(tmp_path / "again.gguf", metadata, sources)
    assert (tmp_path / "again.gguf").read_bytes() == path.read_bytes()


def mixed_metadata(params):
    """Python's value and the file's (type, value) by key: every type, and arrays of each."""
    both = {
        "text": (params["text"], (8, params["text"])),
        "empty": ("", (8, "")),
        "template": (params["template"], (8, params["template"])),
        "yes": (True, (7, True)),
        "no": (False, (7, False)),
        "words": (Strings(params["words"]), (9, (8, list(params["words"])))),
        "no words": (Strings(), (9, (8, []))),
        "flags": (np.array([True, False, True]), (9, (7, [True, False, True]))),
        "nested": (
            Arrays([Strings(["a"]), np.array([1, 2], np.uint8), Arrays()]),
            (9, (9, [(8, ["a"]), (0, [1, 2]), (9, [])])),
        ),
    }
    types = dict(zip(params["dtypes"], params["type_ids"], strict=True))
    for name, id_ in types.items():
        dtype = np.dtype(name)
        limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
        ends = np.array([limits.min, limits.max, 1], dtype)
        both[f"{name} least"] = (ends[0], (id_, ends[0].item()))
        both[f"{name} most"] = (ends[1], (id_, ends[1].item()))
        both[f"{name} array"] = (ends, (9, (id_, ends.tolist())))
        both[f"{name} none"] = (ends[:0], (9, (id_, [])))
    return {key.replace(" ", "."): pair for key, pair in both.items()}


def assert_same_value(one, other, where):
    assert type(one) is type(other), where
    if isinstance(one, Arrays):
        assert len(one) == len(other), where
        for inner, other_inner in zip(one, other, strict=True):
            assert_same_value(inner, other_inner, where)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, err_msg=where)
    else:
        assert one == other, where


def falsify_gguf_roundtrip_metadata_keep_type_and_value(tmp_path, falsifier):
    params = falsifier.params
    both = mixed_metadata(params)
    metadata = {key: value for key, (value, _) in both.items()}
    path = tmp_path / "metadata.gguf"
    for byte_order in ("little", "big"):
        contents = written(path, metadata, [], byte_order=byte_order)
        assert contents.metadata == {key: stored for key, (_, stored) in both.items()}
        opened = open_gguf(path)
        assert list(opened.metadata) == list(metadata)
        for key, value in metadata.items():
            assert_same_value(opened.metadata[key], value, key)
        write_gguf(tmp_path / "again.gguf", opened.metadata, [], byte_order=byte_order)
        assert (tmp_path / "again.gguf").read_bytes() == path.read_bytes()
    for guess in (-1, 0.5, None, [1], ["a"], ("a",), b"a", np.zeros((1, 1)), {}, np.complex64(1)):
        with pytest.raises(GGUFError, match="FALSIFY-GGUF-VALUES"):
            write_gguf(path, {"key": guess}, [])


def falsify_gguf_roundtrip_blocks_survive_in_both_orders(tmp_path, falsifier):
    rng = np.random.default_rng(falsifier.params["seed"])
    blocks = {}
    for kind in QUANTISED:
        shape = (*falsifier.params["rows"], 2 * kind.block_weights)
        stored = (*falsifier.params["rows"], 2 * kind.block_bytes)
        blocks[kind] = shape, rng.integers(0, 256, stored, np.uint8)
    sources = [TensorSource(k.name, shape, k, data) for k, (shape, data) in blocks.items()]
    halves = np.arange(8, dtype=np.float16).reshape(2, 4)
    sources.append(TensorSource.of("halves", halves))
    for byte_order in ("little", "big"):
        path = tmp_path / f"{byte_order}.gguf"
        contents = written(path, {}, sources, byte_order=byte_order)
        opened = open_gguf(path)
        assert opened.byte_order == byte_order
        for tensor, (kind, (shape, data)) in zip(contents.tensors, blocks.items(), strict=False):
            assert (tensor.dims, tensor.type) == (shape[::-1], kind.id)
            expected = data if byte_order == "little" else fields_turned(kind, data)
            assert tensor.data == expected.tobytes(), (kind, byte_order)
            np.testing.assert_array_equal(opened.tensors[kind.name].array, data)
        turned = halves.astype(">f2" if byte_order == "big" else "<f2")
        assert contents.tensors[-1].data == turned.tobytes()
        np.testing.assert_array_equal(opened.tensors["halves"].array, halves)
    theirs = gguf.GGUFReader(tmp_path / "little.gguf").tensors
    for tensor, (shape, data) in zip(theirs, blocks.values(), strict=False):
        assert tuple(int(dim) for dim in tensor.shape) == shape[::-1]
        np.testing.assert_array_equal(tensor.data, data)


def fields_turned(kind, data):
    """Blocks as a big-endian machine has them: each fp16 of ggml-common.h with its bytes turned."""
    first = {"Q2_K": (80, 82), "Q3_K": (108,), "Q6_K": (208,)}
    first |= dict.fromkeys(("Q4_0", "Q5_0", "Q8_0"), (0,))
    first |= dict.fromkeys(("Q4_1", "Q5_1", "Q4_K", "Q5_K"), (0, 2))
    turned = bytearray(data.tobytes())
    for block in range(0, len(turned), kind.block_bytes):
        for at in first[kind.name]:
            low = block + at
            turned[low], turned[low + 1] = turned[low + 1], turned[low]
    return np.frombuffer(bytes(turned), np.uint8)


def falsify_gguf_roundtrip_rows_are_whole_and_may_be_none(tmp_path, falsifier):
    params = falsifier.params
    for name, row_bytes in zip(params["types"], params["bytes_of_a_row"], strict=True):
        kind = GGMLType[name]
        path = tmp_path / f"{name}.gguf"
        for rows in (0, 1, 2):
            data = np.frombuffer(pattern(rows * row_bytes, 1), np.uint8)
            array = data.view(np.float32) if kind is GGMLType.F32 else data
            shaped = array.reshape(rows, row_bytes // array.itemsize)
            source = TensorSource(name, (rows, params["row"]), kind, shaped)
            contents = written(path, {}, [source])
            assert contents.tensors[0].dims == (params["row"], rows)
            assert len(contents.tensors[0].data) == rows * row_bytes
            back = open_gguf(path).tensors[name]
            assert (back.array.dtype, back.array.shape) == (array.dtype, shaped.shape)
            assert back.array.tobytes() == data.tobytes()
        for row in params["partial"]:
            whole = math.ceil(row / params["row"]) * row_bytes
            source = TensorSource(name, (1, row), kind, bytes(whole))
            if kind is GGMLType.F32:
                source = TensorSource.of(name, np.ones((1, row), np.float32))
                assert len(written(path, {}, [source]).tensors[0].data) == 4 * row
            else:
                with pytest.raises(GGUFError, match=f"a row of {row} weights is no multiple"):
                    write_gguf(path, {}, [source])


def falsify_gguf_roundtrip_atomic_files_are_whole_or_not_there(tmp_path, falsifier):
    right = np.ones((2, 3), np.float32)
    path = tmp_path / "old.gguf"
    write_gguf(path, {}, [TensorSource.of("old", right)])
    old = path.read_bytes()

    def interrupted():
        raise KeyboardInterrupt

    def failing():
        raise OSError(falsifier.params["message"])

    wrong = [right.T, right[:1], right.astype(np.float64), right.tobytes(), right.view(np.int32)]
    faults = [(lambda data=data: data, GGUFError) for data in wrong]
    for source, error in [*faults, (interrupted, KeyboardInterrupt), (failing, OSError)]:
        for target in (path, tmp_path / "new.gguf"):
            first = TensorSource.of("first", right)
            second = TensorSource("second", right.shape, GGMLType.F32, source)
            with pytest.raises(error):
                write_gguf(target, {}, [first, second])
            assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
            assert path.read_bytes() == old


def falsify_gguf_roundtrip_others_files_are_read(tmp_path, falsifier):
    params = falsifier.params
    path = tmp_path / "theirs.gguf"
    rng = np.random.default_rng(params["seed"])
    words = [f"{'Ġ' * (i % 3)}word{i}" for i in range(params["words"])]
    weights = rng.normal(size=(4, 64)).astype(np.float32)
    writer = gguf.GGUFWriter(path, params["architecture"])
    writer.add_uint64("a.u64", 1 << 63)
    writer.add_token_list(words)
    writer.add_token_scores([0.5] * len(words))
    writer.add_tensor("f32", weights)
    writer.add_tensor("f16", weights.astype(np.float16))
    eight = gguf.quants.quantize(weights, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("q8", eight, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    opened = open_gguf(path)
    assert opened.metadata["general.architecture"] == params["architecture"]
    assert opened.metadata["a.u64"] == 1 << 63
    assert opened.metadata["tokenizer.ggml.tokens"] == tuple(words)
    np.testing.assert_array_equal(
        opened.metadata["tokenizer.ggml.scores"], np.full(len(words), 0.5, np.float32)
    )
    np.testing.assert_array_equal(opened.tensors["f32"].array, weights)
    np.testing.assert_array_equal(opened.tensors["f16"].array, weights.astype(np.float16))
    np.testing.assert_array_equal(opened.tensors["q8"].array, eight)
    assert opened.tensors["q8"].shape == weights.shape
    for order, version in itertools.product("<>", (2, 3)):
        made = good(order, version)
        path = tmp_path / "built.gguf"
        path.unlink(missing_ok=True)
        path.write_bytes(made.data)
        contents = oracle.read(made.data)
        opened = open_gguf(path)
        assert [plain(value) for value in opened.metadata.values()] == [
            plain_stored(*stored) for stored in contents.metadata.values()
        ]
        assert len(contents.tensors) == len(TENSORS)
        for tensor in contents.tensors:
            back = opened.tensors[tensor.name]
            assert (back.shape[::-1], back.type.id) == (tensor.dims, tensor.type)
            if tensor.type == GGMLType.F32.id:
                count = len(tensor.data) // 4
                numbers = struct.unpack(f"{order}{count}f", tensor.data)
                assert back.array.ravel().tolist() == list(numbers)


def plain(value):
    """A value as Python's own."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [plain(inner) for inner in value] if isinstance(value, tuple) else value


def plain_stored(kind, value):
    """What the oracle read, without the types of arrays."""
    if kind != oracle.ARRAY:
        return value
    return [plain_stored(value[0], inner) for inner in value[1]]


def verified(path, tensors):
    """The outcome of every check of a file with these tensors, by the first word of its name."""
    sources = [TensorSource.of(name, array) for name, array in tensors.items()]
    path.unlink(missing_ok=True)
    write_gguf(path, {"general.architecture": "llama"}, sources)
    verification = gguf_verify(path)
    return {check.name.split()[0]: check.outcome for check in verification.checks}, verification


def falsify_def_36_weights_that_cannot_be_are_noticed(tmp_path, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    rows, columns = params["rows"], params["columns"]
    numbers = rng.normal(size=(rows, columns)).astype(np.float32)
    norm = {"output_norm.weight": np.ones(columns, np.float32)}

    def failed(embedding):
        outcomes, _ = verified(tmp_path / "embedding.gguf", {params["name"]: embedding} | norm)
        return [name for name, outcome in outcomes.items() if outcome == "failed"]

    def scattered(part):
        """Zeros anywhere but in the first column: no row is all zeros."""
        places = rng.choice(rows * (columns - 1), round(part * rows * columns), replace=False)
        row, column = np.divmod(places, columns - 1)
        embedding = numbers.copy()
        embedding[row, column + 1] = 0
        return embedding

    def leading(part):
        embedding = numbers.copy()
        embedding[: round(part * rows)] = 0
        return embedding

    def dead_besides_spots(part):
        spots = [int(spot * rows) for spot in params["spots"]]
        others = np.setdiff1d(np.arange(rows), spots)
        embedding = numbers.copy()
        embedding[rng.choice(others, round(part * rows), replace=False)] = 0
        return embedding

    assert failed(numbers) == []
    assert failed(scattered(params["zeros_allowed"])) == []
    assert failed(scattered(params["zeros_refused"])) == ["density"]
    assert failed(leading(params["leading_refused"])) == ["spots"]
    assert failed(dead_besides_spots(params["dead_allowed"])) == []
    assert failed(dead_besides_spots(params["dead_refused"])) == ["dead"]
    assert failed(leading(params["historic"])) == ["density", "spots", "dead"]
    assert failed(np.full_like(numbers, params["constant"])) == ["variation"]
    for wrong in (np.nan, np.inf):
        embedding = numbers.copy()
        embedding[-1, -1] = wrong
        assert failed(embedding) == ["finite"]


def falsify_gguf_verify_a_skipped_check_is_no_pass(tmp_path, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    numbers = rng.normal(size=(params["rows"], params["columns"])).astype(np.float32)
    path = tmp_path / "any.gguf"
    outcomes, whole = verified(path, {params["embedding"]: numbers})
    assert whole.outcome == "passed"
    assert whole.counts() == {"passed": len(outcomes), "failed": 0, "skipped": 0}
    outcomes, headless = verified(path, {params["other"]: numbers})
    assert headless.outcome == "skipped"
    assert [name for name, outcome in outcomes.items() if outcome == "skipped"] == ["spots", "dead"]
    assert all(params["embedding"] in check.skipped[0] for check in headless.checks[-2:])
    for kind in (GGMLType.Q8_0, GGMLType.Q4_K):
        for values, complaint in ((numbers, []), (np.ones_like(numbers), ["variation"])):
            blocks = quantize(values, kind)
            source = TensorSource(params["embedding"], numbers.shape, kind, blocks)
            write_gguf(tmp_path / "decoded.gguf", {}, [source])
            decoded = gguf_verify(tmp_path / "decoded.gguf")
            failures = [check.name.split()[0] for check in decoded.checks if check.failures]
            assert failures == complaint
            assert not any(check.skipped for check in decoded.checks)
    kind = GGMLType.Q2_K
    blocks = np.full((params["rows"], kind.block_bytes), 1, np.uint8)
    shape = (params["rows"], kind.block_weights)
    names = (params["embedding"], params["other"])
    for name, beside in (names, names[::-1]):
        # One of two matrices is looked at, and the other is not.
        both = [TensorSource(name, shape, kind, blocks), TensorSource.of(beside, numbers)]
        write_gguf(tmp_path / f"{name}.blocks", {}, both)
        quantised = gguf_verify(tmp_path / f"{name}.blocks")
        assert quantised.outcome == "skipped"
        (density,) = (check for check in quantised.checks if "density" in check.name)
        assert (density.outcome, density.examined) == ("skipped", 1)
        assert density.skipped == (f"{name}: blocks are not decoded here",)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(path.read_bytes()[: -params["cut"]])
    refused = gguf_verify(cut)
    assert refused.outcome == "failed"
    assert refused.counts() == {"passed": 0, "failed": 1, "skipped": len(outcomes) - 1}
    unreadable = tmp_path / "text.gguf"
    made = good()
    field = params["text"]
    unreadable.write_bytes(made.put(field, bytes([255]) * made.fields[field].size))
    checks = gguf_verify(unreadable).checks
    assert [check.outcome for check in checks[:2]] == ["passed", "failed"]
    assert "FALSIFY-GGUF-TEXT" in checks[1].failures[0]
