"""Tensors and counts derive from one declaration, and the lowest layer imports no library."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from aprender.config.shapes import SHAPES, qwen3_4b, tiny
from aprender.config.tensors import (
    LAYER_PREFIX,
    layer_tensor_shapes,
    parameter_count,
    tensor_shapes,
)


def test_layers_hold_the_tensors_of_one_layer_under_their_prefix():
    config = qwen3_4b()
    prefix = LAYER_PREFIX.format(layer=config.num_hidden_layers - 1)
    last = {
        name.removeprefix(prefix): shape
        for name, shape in tensor_shapes(config).items()
        if name.startswith(prefix)
    }
    assert last == layer_tensor_shapes(config)
    longer = parameter_count(replace(config, num_hidden_layers=config.num_hidden_layers + 1))
    of_layer = sum(
        rows * (columns[0] if columns else 1)
        for rows, *columns in layer_tensor_shapes(config).values()
    )
    assert longer - parameter_count(config) == of_layer


def test_a_shape_never_depends_on_what_has_no_weights():
    free = {"max_position_embeddings": 7, "rms_norm_eps": 0.5, "rope_theta": 2.0}
    for shape in SHAPES.values():
        assert tensor_shapes(replace(shape(), **free)) == tensor_shapes(shape())


def test_a_table_is_counted_once_more_where_it_is_not_tied():
    config = tiny()
    untied = replace(config, tie_word_embeddings=False)
    assert list(tensor_shapes(untied)) == [*tensor_shapes(config), "lm_head.weight"]
    difference = parameter_count(untied) - parameter_count(config)
    assert difference == config.vocab_size * config.hidden_size


def test_the_layer_imports_the_standard_library_alone():
    code = (
        "import sys, aprender.config.hugging_face, aprender.config.shapes, aprender.config.tensors;"
        "print(sorted({'flax', 'jax', 'numpy', 'optax'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
