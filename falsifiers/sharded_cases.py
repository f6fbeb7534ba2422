"""What the falsifiers of sharding compute, and the programs that they start: one loss, everywhere.

Tiny models with heads, widths and rows that eight devices divide in every way.
Shapes: B batch, T positions, V vocabulary.
"""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from aprender.config.hugging_face import from_hugging_face
from aprender.config.tensors import tensor_shapes
from aprender.nn.layout import from_tensors
from aprender.nn.sharding import batch_sharding, make_mesh, parameter_shardings
from aprender.nn.transformer import Transformer
from falsifiers import tiny_models

# No width is a multiple of this length: by its size, no activation passes for a part of a matrix.
BATCH, LENGTH = 8, 11
_WIDE = {
    "hidden_size": 64,
    "intermediate_size": 48,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
}


def wide(model):
    """Configuration and float32 parameters of a tiny model with more heads."""
    config = from_hugging_face(tiny_models.CONFIGS[model] | _WIDE)
    tensors = tiny_models.tensors(tensor_shapes(config))
    arrays = {name: value.astype(np.float32) for name, value in tensors.items()}
    return config, from_tensors(arrays, config)


def texts():
    """Token ids [B, T], and which of them are kept: the first row begins with padding."""
    rng = np.random.default_rng(BATCH)
    kept_BT = np.ones((BATCH, LENGTH), bool)
    kept_BT[0, : LENGTH // 2] = False
    return rng.integers(0, tiny_models.VOCABULARY, (BATCH, LENGTH)), kept_BT


def logits_of(config):
    """The function (parameters, tokens, kept) to logits [B, T, V]."""

    def logits(parameters, tokens_BT, kept_BT):
        return Transformer(config, parameters)(tokens_BT, kept_BT=kept_BT)

    return logits


def loss_of(config):
    """The function (parameters, tokens, kept) to the next token's mean loss, and the logits."""

    def loss(parameters, tokens_BT, kept_BT):
        logits_BTV = logits_of(config)(parameters, tokens_BT, kept_BT)
        p_BTV = jax.nn.log_softmax(logits_BTV[:, :-1])
        taken_BT = jnp.take_along_axis(p_BTV, tokens_BT[:, 1:, None], axis=-1)[..., 0]
        return -jnp.mean(taken_BT, where=kept_BT[:, :-1]), logits_BTV

    return loss


def on_mesh(model, sizes):
    """Configuration, mesh, and the arguments of a loss on a mesh of "data,fsdp,tensor" devices."""
    data, fsdp, tensor = map(int, sizes.split(","))
    mesh = make_mesh(data=data, fsdp=fsdp, tensor=tensor)
    config, parameters = wide(model)

    def placed(array, sharding):
        array = np.asarray(array)
        return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])

    parameters = jax.tree.map(placed, parameters, parameter_shardings(config, mesh))
    batch = [placed(array, batch_sharding(mesh)) for array in texts()]
    return config, mesh, (parameters, *batch)


def names_and_leaves(tree):
    """The leaves of a pytree of dictionaries, by names such as layers.query."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {".".join(key.key for key in path): leaf for path, leaf in leaves}


def blocks(array):
    """What each device of this process holds: [devices, axes + 1, 2], begins and ends.

    The first pair is the device's id, twice.
    """
    held = []
    for shard in array.addressable_shards:
        spans = [
            part.indices(size)[:2] for part, size in zip(shard.index, array.shape, strict=True)
        ]
        held.append([(shard.device.id,) * 2, *spans])
    return np.array(held)


def write(folder, name, **arrays):
    """Keep arrays under a name."""
    np.savez(Path(folder) / f"{name}.npz", **arrays)
