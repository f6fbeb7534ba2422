"""One of one or several processes that fill their part of a mesh from a checkpoint.

    python -m falsifiers.sharded_population FOLDER PORT INDEX COUNT DIRECTORY DATA,FSDP,TENSOR

Each leaves a file FOLDER/INDEX.npz with its parts of every parameter, and where these lie.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax

from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.populate import populate
from aprender.nn.sharding import make_mesh, parameter_shardings
from falsifiers import sharded_cases as cases
from falsifiers.sharded_process import parts


def main(folder, port, index, count, directory, sizes):
    if int(count) > 1:
        jax.distributed.initialize(
            f"127.0.0.1:{port}", int(count), int(index), initialization_timeout=60
        )
    data, fsdp, tensor = map(int, sizes.split(","))
    mesh = make_mesh(data=data, fsdp=fsdp, tensor=tensor)
    config = read_architecture(directory)
    shardings = parameter_shardings(config, mesh)
    parameters = populate(config, load_init_tensors(Path(directory)), placement=shardings)
    arrays = {}
    for name, leaf in cases.names_and_leaves(parameters).items():
        arrays |= parts(name, leaf)
    cases.write(folder, index, **arrays, devices=mesh.size)
    if int(count) > 1:
        jax.distributed.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
