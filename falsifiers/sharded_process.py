"""One of several processes with one mesh over the devices of all, which a falsifier starts.

    python -m falsifiers.sharded_process FOLDER PORT INDEX COUNT MODEL DATA,FSDP,TENSOR

Each computes the loss, its gradient and the logits, and leaves a file FOLDER/INDEX.npz: its parts
of them, and where these lie.
"""

from __future__ import annotations

import sys

import jax
import numpy as np

from aprender.nn.transformer import check_tokens
from falsifiers import sharded_cases as cases


def parts(name, array):
    """What this process holds of an array, and which device which part of it."""
    held = [np.asarray(shard.data) for shard in array.addressable_shards]
    return {name: np.stack(held), f"blocks {name}": cases.blocks(array)}


def refusal(config, tokens_BT):
    """What the network says to the tokens where every second id is the vocabulary's size."""
    wrong_BT = jax.jit(lambda tokens: tokens.at[:, 1::2].set(config.vocab_size))(tokens_BT)
    try:
        check_tokens(wrong_BT, config.vocab_size)
    except ValueError as error:
        return str(error)
    return ""


def main(folder, port, index, count, model, sizes):
    jax.distributed.initialize(
        f"127.0.0.1:{port}", int(count), int(index), initialization_timeout=60
    )
    config, mesh, arguments = cases.on_mesh(model, sizes)
    check_tokens(arguments[1], config.vocab_size)
    value_and_slope = jax.jit(jax.value_and_grad(cases.loss_of(config), has_aux=True))
    (loss, logits_BTV), tree = value_and_slope(*arguments)
    arrays = parts("logits", logits_BTV) | {"loss": loss, "devices": mesh.size}
    for name, leaf in cases.names_and_leaves(tree).items():
        arrays |= parts(name, leaf)
    cases.write(folder, index, **arrays, refusal=refusal(config, arguments[1]))
    jax.distributed.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
