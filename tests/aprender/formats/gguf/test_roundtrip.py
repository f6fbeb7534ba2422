"""What is written is what is read, for values and tensors of any kind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from aprender.formats.gguf import (
    Arrays,
    GGMLType,
    GGUFError,
    Strings,
    TensorSource,
    open_gguf,
    write_gguf,
)
from falsifiers.oracles import gguf_reader as oracle

DTYPES = [np.dtype(f"{kind}{size}") for kind in "iu" for size in (1, 2, 4, 8)]
DTYPES += [np.dtype(np.float32), np.dtype(np.float64)]

texts = st.text(st.characters(codec="utf-8"), max_size=20)
flat = st.one_of(
    st.sampled_from([*DTYPES, np.dtype(bool)]).flatmap(
        lambda dtype: nst.arrays(dtype, st.integers(0, 9))
    ),
    st.lists(texts, max_size=5).map(Strings),
)
values = st.one_of(
    texts,
    st.booleans(),
    st.sampled_from(DTYPES).flatmap(lambda dtype: nst.arrays(dtype, 1)).map(lambda one: one[0]),
    flat,
    st.lists(st.one_of(flat, st.lists(flat, max_size=3).map(Arrays)), max_size=4).map(Arrays),
)
keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.", min_size=1, max_size=20)


def bits(value: Any) -> Any:
    """A value so that equal means equal to the bit, types included."""
    if isinstance(value, Arrays):
        return Arrays, [bits(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic):
        return type(value), value.dtype, np.asarray(value).tobytes()
    return type(value), value


@st.composite
def sources(draw: st.DrawFn) -> TensorSource:
    """A tensor of any type and a small shape, of any bits, its name to be given."""
    kind = draw(st.sampled_from(list(GGMLType)))
    rows = draw(st.lists(st.integers(0, 3), max_size=3))
    shape = (*rows, draw(st.integers(0, 2)) * kind.block_weights)
    row = kind.row_bytes(shape[-1])
    data = draw(nst.arrays(np.uint8, (*rows, row)))
    if not kind.is_quantised:
        width = kind.row_bytes(1)
        letter = {"B": "u", "F": "f", "I": "i"}[kind.name[0]]
        data = np.frombuffer(data.tobytes(), f"{letter}{width}").reshape(shape)
    return TensorSource("", shape, kind, data)


@settings(max_examples=150, deadline=None)
@given(
    metadata=st.dictionaries(
        keys.filter(lambda key: key != "general.alignment"), values, max_size=6
    ),
    tensors=st.lists(sources(), max_size=4),
    byte_order=st.sampled_from(["little", "big"]),
    alignment=st.sampled_from([None, 32, 64, 4096]),
)
def test_everything_survives(
    metadata: dict[str, Any], tensors: list[TensorSource], byte_order: Any, alignment: int | None
) -> None:
    if alignment is not None:
        metadata["general.alignment"] = np.uint32(alignment)
    named = [TensorSource(f"t{i}", t.shape, t.type, t.data) for i, t in enumerate(tensors)]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "any.gguf"
        write_gguf(path, metadata, named, byte_order=byte_order)
        opened = open_gguf(path)
        assert opened.byte_order == byte_order
        assert [(key, bits(value)) for key, value in opened.metadata.items()] == [
            (key, bits(value)) for key, value in metadata.items()
        ]
        assert list(opened.tensors) == [tensor.name for tensor in named]
        for tensor in named:
            back = opened.tensors[tensor.name]
            assert (back.shape, back.type) == (tensor.shape, tensor.type)
            assert back.array.tobytes() == np.asarray(tensor.data).tobytes()
        contents = oracle.read(path.read_bytes())
        assert list(contents.metadata) == list(metadata)
        assert [(t.name, t.dims[::-1], t.type) for t in contents.tensors] == [
            (t.name, t.shape, t.type.id) for t in named
        ]
        if byte_order == "little":
            assert [t.data for t in contents.tensors] == [
                np.asarray(t.data).tobytes() for t in named
            ]


@pytest.mark.parametrize(
    "name", ["float32", "float16", "float64", "int8", "int16", "int32", "int64"]
)
def test_a_plain_array_says_its_type(tmp_path: Path, name: str) -> None:
    for order in "<>":
        array = np.arange(6).reshape(2, 3).astype(np.dtype(name).newbyteorder(order))
        write_gguf(tmp_path / "plain.gguf", {}, [TensorSource.of("plain", array)])
        back = open_gguf(tmp_path / "plain.gguf").tensors["plain"].array
        assert back.dtype == np.dtype(name)
        np.testing.assert_array_equal(back, array)


def test_bfloat16_is_itself_or_its_bits(tmp_path: Path) -> None:
    array = np.array([[1.5, -2.0, np.nan]], ml_dtypes.bfloat16)
    bits_of = array.view(np.uint16)
    both = [TensorSource.of("itself", array), TensorSource("bits", (1, 3), GGMLType.BF16, bits_of)]
    write_gguf(tmp_path / "brain.gguf", {}, both)
    for tensor in open_gguf(tmp_path / "brain.gguf").tensors.values():
        assert tensor.type is GGMLType.BF16
        np.testing.assert_array_equal(tensor.array, bits_of)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint8, np.bool_, np.complex64, object])
def test_an_array_that_does_not_say_its_type_is_refused(dtype: Any) -> None:
    with pytest.raises(GGUFError, match="does not say which type it is"):
        TensorSource.of("guess", np.zeros(3, dtype))


@pytest.mark.parametrize("given_as", ["bytes", "rows", "shape", "callable"])
def test_blocks_are_given_as_bytes_or_rows(tmp_path: Path, given_as: str) -> None:
    blocks = np.arange(2 * 3 * 34, dtype=np.uint8).reshape(2, 3, 34)
    data: Any = {
        "bytes": blocks.tobytes(),
        "rows": blocks.reshape(6, 34),
        "shape": blocks,
        "callable": lambda: blocks,
    }[given_as]
    source = TensorSource("blocks", (2, 3, 32), GGMLType.Q8_0, data)
    write_gguf(tmp_path / "blocks.gguf", {}, [source])
    back = open_gguf(tmp_path / "blocks.gguf").tensors["blocks"]
    np.testing.assert_array_equal(back.array, blocks)


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ((), "1 to 4 axes"),
        ((1, 1, 1, 1, 1), "1 to 4 axes"),
        ((-1,), "1 to 4 axes"),
        ((1 << 32, 1 << 32), "1 to 4 axes"),
        ((np.int64(1 << 32), np.int64(1 << 32)), "1 to 4 axes"),
    ],
)
def test_shapes_that_nothing_reads_are_not_written(
    tmp_path: Path, shape: tuple[int, ...], complaint: str
) -> None:
    source = TensorSource("shaped", shape, GGMLType.F32, np.zeros(1, np.float32))
    with pytest.raises(GGUFError, match=complaint):
        write_gguf(tmp_path / "shaped.gguf", {}, [source])
    assert not list(tmp_path.iterdir())


def test_a_byte_order_is_one_of_two(tmp_path: Path) -> None:
    with pytest.raises(GGUFError, match="'native' is neither 'little' nor 'big'"):
        write_gguf(tmp_path / "any.gguf", {}, [], byte_order="native")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "a\0b", "n" * 64, "\ud800", None])
def test_names_that_nothing_reads_are_not_written(tmp_path: Path, name: Any) -> None:
    source = TensorSource(name, (1,), GGMLType.F32, np.zeros(1, np.float32))
    with pytest.raises(GGUFError, match=r"FALSIFY-GGUF-(NAMES|TEXT)"):
        write_gguf(tmp_path / "any.gguf", {}, [source])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("", True, "is empty, has a NUL, or came before"),
        ("a\0b", True, "is empty, has a NUL, or came before"),
        ("Größe", True, "is no ASCII text"),
        (5, True, "is no ASCII text"),
        ("k" * 65536, True, "at most 65535 are allowed"),
        ("a", "\ud800", "is no text of UTF-8"),
        ("a", Strings(["a", 5]), "is no text of UTF-8"),
        ("a", Arrays([Arrays([Arrays([Arrays([Arrays()])])])]), "nested more than 4 deep"),
        ("a", Arrays(["text"]), "a str has no type in GGUF"),
        ("a", np.zeros(2, "M8[s]"), "has no type in GGUF"),
        ("general.alignment", np.uint64(32), "it has to be a U32"),
        ("general.alignment", np.uint32(33), "is no power of two"),
    ],
)
def test_metadata_that_nothing_reads_are_not_written(
    tmp_path: Path, key: Any, value: Any, complaint: str
) -> None:
    with pytest.raises(GGUFError, match=complaint):
        write_gguf(tmp_path / "metadata.gguf", {key: value}, [])
    assert not list(tmp_path.iterdir())


def test_more_tensors_than_are_read_are_not_written(tmp_path: Path) -> None:
    source = TensorSource("one", (0,), GGMLType.F32, np.zeros(0, np.float32))
    with pytest.raises(GGUFError, match="65537 tensors, 0 keys"):
        write_gguf(tmp_path / "many.gguf", {}, [source] * 65537)


def test_a_mapping_is_read_when_it_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "mapping.gguf"
    write_gguf(path, {"a": np.uint8(1)}, [TensorSource.of("t", np.zeros(1, np.float32))])
    opened = open_gguf(path)
    assert "a" in opened.metadata
    assert "b" not in opened.metadata
    assert opened.metadata.get("b") is None
    with pytest.raises(KeyError, match="b"):
        opened.metadata["b"]
    with pytest.raises(KeyError, match="u"):
        opened.tensors["u"]
    assert (opened.version, opened.alignment, opened.trailing) == (3, 32, 28)
