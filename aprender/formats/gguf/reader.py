"""An open GGUF file: checked as it is opened, decoded as it is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import numpy as np

from aprender.formats.gguf.cursor import Cursor
from aprender.formats.gguf.header import Header, read_header
from aprender.formats.gguf.mapped import Mapped
from aprender.formats.gguf.order import swapped_blocks
from aprender.formats.gguf.tensors import TensorInfo, read_tensor_info
from aprender.formats.gguf.values import Value, read_kind, read_value

T = TypeVar("T")


def open_gguf(path: str | os.PathLike[str], *, strict: bool = True) -> GGUFFile:
    """Open a GGUF file of version 2 or 3, in either byte order.

    Everything is checked now, but for the text within arrays of strings, which is when it is read.
    Strict is what llama.cpp demands, tensors one after the other in the header's order; otherwise
    there may be gaps, and another order. A GGUFError says what is wrong, an OSError that there is
    no such file.
    """
    mapped = Mapped(path)
    return GGUFFile(mapped, read_header(mapped.data, mapped.path, strict=strict))


@dataclass(frozen=True, slots=True)
class Tensor(TensorInfo):
    """A tensor of an open file."""

    read: Callable[[TensorInfo], np.ndarray] = field(repr=False, compare=False)

    @property
    def array(self) -> np.ndarray:
        """A read-only view of the file: of this shape, or [..., row bytes] uint8 for blocks.

        bfloat16 is its bits as uint16. A copy where the file has the other byte order.
        """
        return self.read(self)


class GGUFFile:
    """Metadata and tensors of a file, which stays mapped as long as any of them is there."""

    def __init__(self, mapped: Mapped, header: Header) -> None:
        decoder = _Decoder(mapped, header)
        self.path = mapped.path
        self.version = header.version
        self.alignment = header.alignment
        self.byte_order: Literal["little", "big"] = "little" if header.order == "<" else "big"
        self.metadata: Mapping[str, Value] = _Decoded(header.keys, decoder.value)
        self.tensors: Mapping[str, Tensor] = _Decoded(header.tensors, decoder.tensor)
        self.trailing = max(0, len(mapped.data) - header.data_end)
        """Bytes behind the last tensor's, of which its padding are the first."""


class _Decoder:
    """What stands at a position of a file. It knows no GGUFFile: one nobody holds is closed."""

    def __init__(self, mapped: Mapped, header: Header) -> None:
        self._mapped = mapped
        self._header = header

    def _cursor(self, at: int, thing: str) -> Cursor:
        self._mapped.check()
        cursor = Cursor(self._mapped.data, self._mapped.path, self._header.order, at)
        cursor.thing = thing
        return cursor

    def value(self, key: str, at: int) -> Value:
        cursor = self._cursor(at, f"{key!r:.80}")
        return read_value(cursor, read_kind(cursor, "value's type"))

    def tensor(self, name: str, at: int) -> Tensor:
        info = read_tensor_info(self._cursor(at, name))
        return Tensor(info.name, info.shape, info.type, info.offset, self.array)

    def array(self, info: TensorInfo) -> np.ndarray:
        self._mapped.check()
        stored = info.dtype.newbyteorder(self._header.order)
        at = self._header.data + info.offset
        # Of no bytes the position may lie behind the file's end.
        source, at = (self._mapped.data, at) if info.nbytes else (b"", 0)
        count = info.nbytes // stored.itemsize
        array = np.frombuffer(source, stored, count, at).reshape(info.array_shape)
        return array if self._header.order == "<" else _in_little_order(array, info)


def _in_little_order(array: np.ndarray, info: TensorInfo) -> np.ndarray:
    copy = swapped_blocks(info.type, array) if info.type.is_quantised else array.astype(info.dtype)
    copy.flags.writeable = False
    return copy


class _Decoded(Mapping[str, T]):
    """What stands at positions of a file, decoded each time that it is asked for."""

    def __init__(self, positions: Mapping[str, int], decode: Callable[[str, int], T]) -> None:
        self._positions = positions
        self._decode = decode

    def __getitem__(self, name: str) -> T:
        return self._decode(name, self._positions[name])

    def __contains__(self, name: object) -> bool:
        return name in self._positions

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)
