"""Blocks made by ggml's own C: run it to make ggml_blocks.npz anew.

``python -m falsifiers.goldens.make_ggml_blocks FILE`` in an environment with llama-cpp-python. It
imports nothing from aprender. For each TYPE, with the kinds of `falsifiers.block_inputs` along the
first axis, it holds

- TYPE/blocks: bytes of `FEW` rows of 256 weights,
- TYPE/weights: the first of them, as ggml's dequantiser reads it,

for the types of `MANY_TYPES`

- TYPE/crc32: of each block of `MANY` more rows,
- TYPE/square_error: the sum of their squared errors,

and `inputs`, the digest of all inputs.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from falsifiers import block_inputs

TYPES = {"F16": 1, "Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "Q4_K": 12, "Q5_K": 13}
TYPES |= {"Q6_K": 14, "BF16": 30}
MANY_TYPES = ("Q4_K", "Q5_K", "Q6_K")


class Traits(ctypes.Structure):
    """struct ggml_type_traits of ggml.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("block_weights", ctypes.c_int64),
        ("interleave", ctypes.c_int64),
        ("block_bytes", ctypes.c_size_t),
        ("is_quantised", ctypes.c_bool),
        (
            "to_float",
            ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64),
        ),
        ("from_float", ctypes.c_void_p),
    )


class Ggml:
    """libggml-base, built for baseline x86-64: no fused multiply-adds."""

    def __init__(self) -> None:
        import llama_cpp

        folder = Path(llama_cpp.__file__).parent / "lib"
        library: Any = ctypes.CDLL(str(folder / "libggml-base.so"))
        library.ggml_get_type_traits.restype = ctypes.POINTER(Traits)
        library.ggml_quantize_chunk.restype = ctypes.c_size_t
        library.ggml_quantize_chunk.argtypes = [
            ctypes.c_int,
            *[ctypes.c_void_p] * 2,
            *[ctypes.c_int64] * 3,
            ctypes.c_void_p,
        ]
        self.library = library

    def traits(self, kind: str) -> Any:
        return self.library.ggml_get_type_traits(TYPES[kind]).contents

    def quantise(self, kind: str, x: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Rows of weights as rows of blocks."""
        traits = self.traits(kind)
        rows, columns = x.shape
        made = np.zeros((rows, columns // traits.block_weights * traits.block_bytes), np.uint8)
        size = self.library.ggml_quantize_chunk(
            TYPES[kind], x.ctypes.data, made.ctypes.data, 0, rows, columns, None
        )
        assert size == made.nbytes
        return made

    def dequantise(self, kind: str, blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Rows of blocks as rows of weights."""
        traits = self.traits(kind)
        rows, octets = blocks.shape
        x = np.zeros((rows, octets // traits.block_bytes * traits.block_weights), np.float32)
        traits.to_float(blocks.ctypes.data, x.ctypes.data, x.size)
        return x


def main(file: str) -> None:
    """Write the blocks of every type and kind."""
    ggml = Ggml()
    few, many = block_inputs.few(), block_inputs.many()
    made: dict[str, Any] = {}
    for kind in TYPES:
        blocks = [ggml.quantise(kind, rows) for rows in few]
        made[f"{kind}/blocks"] = np.stack(blocks)
        made[f"{kind}/weights"] = np.stack([ggml.dequantise(kind, each[:1])[0] for each in blocks])
    for kind in MANY_TYPES:
        blocks = [ggml.quantise(kind, rows) for rows in many]
        made[f"{kind}/crc32"] = np.array(
            [[crc32(block) for block in rows] for rows in blocks], np.uint32
        )
        made[f"{kind}/square_error"] = np.array(
            [
                np.sum((ggml.dequantise(kind, each).astype(np.float64) - rows) ** 2)
                for each, rows in zip(blocks, many, strict=True)
            ]
        )
    np.savez_compressed(file, inputs=block_inputs.digest(few + many), **made)


if __name__ == "__main__":
    main(sys.argv[1])
