"""Tensor types that llama-quantize chooses: run it to make llama_mixes.npz anew.

``python -m falsifiers.goldens.make_llama_mixes FILE`` in an environment with llama-cpp-python and
gguf. It imports nothing from aprender. The file holds, for MODEL/MIX, ggml's type ids in the order
of `Model.shapes`.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from falsifiers.mix_models import MODELS, Model

FILE_TYPES = {
    "F32": 0,
    "F16": 1,
    "Q4_0": 2,
    "Q4_1": 3,
    "Q8_0": 7,
    "Q5_0": 8,
    "Q5_1": 9,
    "Q4_K_S": 14,
    "Q4_K_M": 15,
    "Q5_K_S": 16,
    "Q5_K_M": 17,
    "Q6_K": 18,
    "BF16": 32,
}


def write(model: Model, path: Path) -> None:
    """A float32 GGUF of a model."""
    import gguf

    writer = gguf.GGUFWriter(path, model.architecture)
    writer.add_context_length(16)
    writer.add_embedding_length(model.columns)
    writer.add_block_count(model.layers)
    writer.add_feed_forward_length(model.inner)
    writer.add_head_count(model.heads)
    writer.add_head_count_kv(model.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(model.vocabulary)
    writer.add_tokenizer_model("none")
    rng = np.random.default_rng(0)
    for name, shape in model.shapes().items():
        writer.add_tensor(name, rng.standard_normal(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def types(model: Model, file_type: int, folder: Path) -> NDArray[np.uint8]:
    """Ids of all tensors, as llama_model_quantize writes them."""
    import gguf
    import llama_cpp

    source, target = folder / "source.gguf", folder / "target.gguf"
    write(model, source)
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = file_type
    params.nthread = 1
    code = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(params)
    )
    assert code == 0, model
    found = {tensor.name: tensor.tensor_type for tensor in gguf.GGUFReader(target).tensors}
    return np.array([found[name] for name in model.shapes()], np.uint8)


def main(file: str) -> None:
    """Write the types of every model in every mix."""
    made = {}
    with TemporaryDirectory() as folder:
        for name, model in MODELS.items():
            for mix, file_type in FILE_TYPES.items():
                made[f"{name}/{mix}"] = types(model, file_type, Path(folder))
    np.savez_compressed(file, **made)


if __name__ == "__main__":
    main(sys.argv[1])
