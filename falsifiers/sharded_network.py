"""One process with virtual devices, which a falsifier starts.

    python -m falsifiers.sharded_network FOLDER WHAT MODEL DATA,FSDP,TENSOR...

WHAT is `logits`, `gradient`, or `gathered` (which compiles the gradient and does not run it). Each
mesh leaves a file FOLDER/DATA,FSDP,TENSOR.npz: arrays, and `blocks NAME`, which device holds what.
"""

from __future__ import annotations

import re
import sys
from math import prod

import jax

from falsifiers import sharded_cases as cases

GATHERED = re.compile(r"= \(?\w+\[([\d,]*)\]\S* all-gather(?:-start)?\(")


def logits(config, arguments):
    logits_BTV = jax.jit(cases.logits_of(config))(*arguments)
    return {"logits": logits_BTV, "blocks logits": cases.blocks(logits_BTV)}


def gradient(config, arguments):
    tree, _ = jax.jit(jax.grad(cases.loss_of(config), has_aux=True))(*arguments)
    leaves = cases.names_and_leaves(tree)
    return leaves | {f"blocks {name}": cases.blocks(leaf) for name, leaf in leaves.items()}


def gathered(config, arguments):
    """How many numbers each all-gather of the compiled gradient leaves on a device."""
    slope = jax.jit(jax.grad(cases.loss_of(config), has_aux=True))
    program = slope.lower(*arguments).compile().as_text()
    sizes = [prod(map(int, shape.split(","))) for shape in GATHERED.findall(program)]
    return {"gathered": sizes}


def main(folder, what, model, *meshes):
    for sizes in meshes:
        config, _, arguments = cases.on_mesh(model, sizes)
        run = {"logits": logits, "gradient": gradient, "gathered": gathered}[what]
        parameters = cases.names_and_leaves(arguments[0])
        placed = {f"placed {name}": cases.blocks(leaf) for name, leaf in parameters.items()}
        placed["placed tokens"] = cases.blocks(arguments[1])
        cases.write(folder, sizes, **run(config, arguments), **placed)


if __name__ == "__main__":
    main(*sys.argv[1:])
