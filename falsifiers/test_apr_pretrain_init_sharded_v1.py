"""Falsifiers of contracts/apr-pretrain-from-init-v1.yaml: a checkpoint on other devices.

What needs several runs in children with virtual ones, and the truth is computed here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from aprender.backend.device import select_device
from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.start import starting_parameters
from aprender.config.hugging_face import to_hugging_face
from falsifiers import sharded_cases as cases
from falsifiers import sharded_population, tiny_checkpoints
from falsifiers.oracles import shards
from falsifiers.test_apr_pretrain_from_init_v1 import DTYPES
from falsifiers.test_sharding_v1 import check_blocks, free_port, joined, run


def falsify_apr_pretrain_init_sharded_each_device_gets_its_part(falsifier, cli, tmp_path):
    params = falsifier.params
    table = shards.table(params["splits"])
    config, parameters = cases.wide(params["model"])
    parameters = jax.tree.map(np.asarray, parameters)
    directory = tiny_checkpoints.write(
        tmp_path / "source",
        to_hugging_face(config),
        {
            name: np.ascontiguousarray(array)
            for name, array in tiny_checkpoints.on_host(parameters, config).items()
        },
        params["files"],
    )
    for number, (count, sizes) in enumerate(params["runs"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        arrays = filled(cli, params, folder, count, directory, sizes)
        for name, truth in cases.names_and_leaves(parameters).items():
            whole = joined(arrays, name, truth.shape)
            np.testing.assert_array_equal(whole, truth, err_msg=f"{sizes} {name}")
            blocks = np.concatenate([part[f"blocks {name}"] for part in arrays])
            check_blocks(blocks, table[name], config, sizes, name)


def filled(cli, params, folder, count, directory, sizes):
    """What each of so many processes holds, after all have loaded the directory at once."""
    port = free_port()
    settings = {**params, "devices": params["devices"] // count}
    module = sharded_population.__name__
    with ThreadPoolExecutor(count) as pool:
        ends = [
            pool.submit(run, cli, settings, module, folder, port, index, count, directory, sizes)
            for index in range(count)
        ]
        for end in ends:
            end.result()
    return [np.load(folder / f"{index}.npz") for index in range(count)]


def falsify_apr_pretrain_init_gpu_a_checkpoint_is_a_start_on_a_gpu(falsifier, tmp_path):
    params = falsifier.params
    device = select_device("cuda")
    for name in params["models"]:
        for stored in params["stored"]:
            dtype = DTYPES[stored]
            directory = tiny_checkpoints.written(tmp_path / f"{name}.{stored}", name, dtype=dtype)
            config = read_architecture(directory)
            found = starting_parameters(config, directory, seed=0, placement=device)
            assert {on for leaf in jax.tree.leaves(found) for on in leaf.devices()} == {device}
            source = tiny_checkpoints.tensors_of(name, dtype)
            assert tiny_checkpoints.differing(tiny_checkpoints.on_host(found, config), source) == []
