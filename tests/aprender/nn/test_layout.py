"""Tensors of Hugging Face's to the stacked pytree and back, and what is refused on the way."""

from __future__ import annotations

import numpy as np
import pytest

from aprender.config.hugging_face import from_hugging_face
from aprender.config.tensors import tensor_shapes
from aprender.nn.layout import from_tensors, to_tensors
from falsifiers import tiny_models

NAMES = sorted(tiny_models.CONFIGS)


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_comes_back(name: str) -> None:
    config = from_hugging_face(tiny_models.CONFIGS[name])
    tensors = {
        key: value.astype(np.float32)
        for key, value in tiny_models.tensors(tensor_shapes(config)).items()
    }
    back = to_tensors(from_tensors(tensors, config), config)
    assert list(back) == list(tensor_shapes(config))
    for key, value in tensors.items():
        np.testing.assert_array_equal(back[key], value, err_msg=key)


def test_what_does_not_fit_is_named() -> None:
    config = from_hugging_face(tiny_models.CONFIGS["qwen2"])
    tensors = tiny_models.tensors(tensor_shapes(config))
    name = "model.layers.1.self_attn.k_proj.bias"
    missing = {key: value for key, value in tensors.items() if key != name}
    with pytest.raises(ValueError, match=rf"1 tensors are missing: {name}"):
        from_tensors(missing, config)
    with pytest.raises(ValueError, match=r"1 tensors are unexpected: lm_head\.bias"):
        from_tensors(tensors | {"lm_head.bias": np.zeros(1)}, config)
    with pytest.raises(ValueError, match=rf"{name} has shape \(3,\), not \(8,\)"):
        from_tensors(tensors | {name: np.zeros(3)}, config)
