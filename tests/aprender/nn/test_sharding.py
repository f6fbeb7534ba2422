"""Meshes and shardings: what is refused, and that one device changes nothing."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from jax.sharding import AbstractMesh, AxisType

from aprender.config.hugging_face import from_hugging_face
from aprender.config.shapes import SHAPES, named_shape
from aprender.nn.initial import initial_parameters
from aprender.nn.layout import parameter_axes
from aprender.nn.sharding import (
    RULES,
    batch_sharding,
    make_mesh,
    parameter_shardings,
)
from aprender.nn.transformer import forward
from falsifiers import tiny_models

CONFIG = from_hugging_face(tiny_models.CONFIGS["qwen2"])
TOKENS = tiny_models.tokens()


def abstract(**sizes: int) -> AbstractMesh:
    """A mesh of more devices than there are: enough for shardings, not for arrays."""
    whole = {"data": 1, "fsdp": 1, "tensor": 1} | sizes
    return AbstractMesh(
        tuple(whole.values()), tuple(whole), axis_types=(AxisType.Auto,) * len(whole)
    )


def test_a_mesh_has_as_many_devices_as_its_axes_make() -> None:
    devices = jax.devices()[:1]
    with pytest.raises(
        ValueError, match=r"data = 2 \* fsdp = 3 \* tensor = 4 makes 24 devices, and there are 1"
    ):
        make_mesh(data=2, fsdp=3, tensor=4, devices=devices)
    with pytest.raises(ValueError, match="makes 1 devices, and there are 0"):
        make_mesh(devices=[])
    for wrong in (0, -1, True, 1.0, "1"):
        with pytest.raises(ValueError, match=rf"fsdp = {wrong!r} is not an integer of at least 1"):
            make_mesh(fsdp=wrong, devices=devices)


def test_a_mesh_of_other_axes_is_refused() -> None:
    mesh = AbstractMesh((1, 1), ("data", "model"))
    for refused in (batch_sharding, lambda mesh: parameter_shardings(CONFIG, mesh)):
        with pytest.raises(ValueError, match=r"the mesh has axes \('data', 'model'\) .*: make it"):
            refused(mesh)


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        (
            "qwen2_0_5b",
            {"tensor": 4},
            r"layers\.key: num_key_value_heads = 2 .* tensor = 4; .* multiple of 2:",
        ),
        ("qwen2_0_5b", {"tensor": 7}, r"embedding: vocab_size = 151936 .* tensor = 7; .* of 2:"),
        ("llama_370m", {"tensor": 2}, r"embedding: vocab_size = 50257 .* tensor = 2; .* of 1:"),
        (
            "tiny",
            {"fsdp": 3},
            r"hidden_size = 64 .* fsdp = 3; all that fsdp splits is a multiple of 64:",
        ),
    ],
)
def test_what_does_not_divide_is_refused(name: str, sizes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parameter_shardings(named_shape(name), abstract(**sizes))


def test_each_axis_has_a_rule() -> None:
    for name in SHAPES:
        config = replace(named_shape(name), tie_word_embeddings=False)
        axes = parameter_axes(config)
        named = {axis for leaf in [*axes.pop("layers").values(), *axes.values()] for axis in leaf}
        assert named == set(RULES)


def test_shardings_have_the_structure_of_the_parameters() -> None:
    for name in sorted(tiny_models.CONFIGS):
        config = from_hugging_face(tiny_models.CONFIGS[name])
        parameters = jax.eval_shape(lambda config=config: initial_parameters(config, 0))
        shardings = parameter_shardings(config, abstract())
        assert jax.tree.structure(shardings) == jax.tree.structure(parameters)


def test_a_mesh_of_one_device_changes_no_bit() -> None:
    mesh = make_mesh(devices=jax.devices()[:1])
    parameters = initial_parameters(CONFIG, 0)
    run = jax.jit(lambda parameters, tokens: forward(CONFIG, parameters, tokens))
    placed = jax.device_put(parameters, parameter_shardings(CONFIG, mesh))
    tokens = jax.device_put(TOKENS, batch_sharding(mesh))
    np.testing.assert_array_equal(run(placed, tokens), run(parameters, TOKENS))
