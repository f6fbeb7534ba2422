"""Falsifiers of contracts/sharding-v1.yaml: the network on several devices, in several processes.

Shapes: B batch, T positions, V vocabulary. What needs more than one device runs in a child with
virtual ones, so that this process keeps its one device: the truth is computed here.
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from math import prod
from subprocess import TimeoutExpired

import jax
import numpy as np
import pytest
from jax.sharding import AbstractMesh, AxisType

from aprender.config.shapes import named_shape
from aprender.nn.sharding import MESH_AXES, make_mesh, parameter_shardings
from falsifiers import sharded_cases as cases
from falsifiers.oracles import shards


def falsify_shard_rules_split_each_tensor(falsifier):
    params = falsifier.params
    table, used = shards.table(params["splits"]), set()
    configs = [named_shape(name) for name in params["shapes"]]
    configs += [cases.wide(name)[0] for name in params["models"]]
    for config in configs:
        for sizes in params["meshes"]:
            held = cases.names_and_leaves(parameter_shardings(config, abstract(sizes)))
            for name, sharding in held.items():
                expected = shards.shard(table[name], letters(config), named(sizes))
                whole = shards.whole(table[name], letters(config))
                assert sharding.shard_shape(whole) == expected, (name, sizes)
            used |= set(held)
    assert used == set(table)


def falsify_shard_refusals_name_what_does_not_divide(falsifier):
    params = falsifier.params
    for name, sizes, told in params["refused"]:
        with pytest.raises(ValueError, match=told):
            parameter_shardings(named_shape(name), abstract(sizes))
    for name, sizes in params["accepted"]:
        assert parameter_shardings(named_shape(name), abstract(sizes))
    for sizes, told in params["meshes"]:
        with pytest.raises(ValueError, match=told):
            make_mesh(**named(sizes), devices=jax.devices()[:1])
    types = (AxisType.Auto,) * len(MESH_AXES)
    for mesh in (
        AbstractMesh((1, 1, 1), MESH_AXES[::-1], axis_types=types),
        AbstractMesh((1, 1, 1), MESH_AXES, axis_types=(AxisType.Explicit,) * len(types)),
    ):
        with pytest.raises(ValueError, match=params["mesh_told"]):
            parameter_shardings(named_shape("tiny"), mesh)


def falsify_shard_logits_are_those_of_one_device(falsifier, cli, tmp_path):
    params = falsifier.params
    table = shards.table(params["splits"])
    for model in params["models"]:
        config, parameters = cases.wide(model)
        truth_BTV = np.asarray(jax.jit(cases.logits_of(config))(parameters, *cases.texts()))
        assert np.isfinite(truth_BTV).all()
        start(cli, tmp_path, "logits", model, params)
        for sizes in params["meshes"]:
            arrays = np.load(tmp_path / f"{sizes}.npz")
            assert_near(arrays["logits"], truth_BTV, params["rel_tol"], sizes)
            for name in table:
                kind = "blocks" if name == "logits" else "placed"
                check_blocks(arrays[f"{kind} {name}"], table[name], config, sizes, name)


def falsify_shard_gradient_is_that_of_one_device(falsifier, cli, tmp_path):
    params = falsifier.params
    table = shards.table(params["splits"])
    for model in params["models"]:
        config, _ = cases.wide(model)
        _, _, gradient = truth_of(model)
        start(cli, tmp_path, "gradient", model, params)
        for sizes in params["meshes"]:
            arrays = np.load(tmp_path / f"{sizes}.npz")
            for name, truth in gradient.items():
                assert_near(arrays[name], truth, params["rel_tol"], (sizes, name))
                check_blocks(arrays[f"blocks {name}"], table[name], config, sizes, name)


def falsify_shard_gathers_no_more_than_a_layer(falsifier, cli, tmp_path):
    params = falsifier.params
    table = shards.table(params["splits"])
    for model in params["models"]:
        config, _ = cases.wide(model)
        start(cli, tmp_path, "gathered", model, params)
        for sizes in params["meshes"]:
            gathered = np.load(tmp_path / f"{sizes}.npz")["gathered"]
            ways = named(sizes) | {"fsdp": 1}
            matrices = {
                prod(shards.shard(axes, letters(config) | {"L": 1}, ways))
                for axes in table.values()
            }
            assert len(gathered) >= len(table), sizes
            assert set(gathered.tolist()) <= matrices, sizes


def falsify_shard_processes_share_one_mesh(falsifier, cli, tmp_path):
    params = falsifier.params
    model, count, sizes = params["model"], params["processes"], params["mesh"]
    config, _ = cases.wide(model)
    loss, logits_BTV, gradient = truth_of(model)
    port = free_port()
    with ThreadPoolExecutor(count) as pool:
        ends = [
            pool.submit(
                run,
                cli,
                params,
                "falsifiers.sharded_process",
                *(tmp_path, port, index, count, model, sizes),
            )
            for index in range(count)
        ]
        for end in ends:
            end.result()
    arrays = [np.load(tmp_path / f"{index}.npz") for index in range(count)]
    for name, truth in {"logits": logits_BTV, **gradient}.items():
        assert_near(joined(arrays, name, truth.shape), truth, params["rel_tol"], name)
    for index, part in enumerate(arrays):
        np.testing.assert_allclose(part["loss"], loss, rtol=params["rel_tol"])
        assert part["devices"] == count * params["devices"]
        told = f"tokens[{params['rows'][index]}, 1] = {config.vocab_size} is outside"
        assert told in str(part["refusal"])
    for name in params["apart"]:
        one, other = (spans_of(part[f"blocks {name}"]) for part in arrays)
        assert not one & other, name


def named(sizes):
    """The sizes of a mesh by the names of its axes, from numbers or from "2,2,2"."""
    sizes = sizes.split(",") if isinstance(sizes, str) else sizes
    return dict(zip(MESH_AXES, map(int, sizes), strict=True))


def abstract(sizes):
    """A mesh of devices that need not be there."""
    types = (AxisType.Auto,) * len(MESH_AXES)
    return AbstractMesh(tuple(named(sizes).values()), MESH_AXES, axis_types=types)


def letters(config):
    """The size of each axis of the network's arrays, by its letter."""
    return {
        "B": cases.BATCH,
        "T": cases.LENGTH,
        "L": config.num_hidden_layers,
        "V": config.vocab_size,
        "D": config.hidden_size,
        "N": config.num_attention_heads,
        "K": config.num_key_value_heads,
        "H": config.head_dim,
        "F": config.intermediate_size,
    }


def truth_of(model):
    """Loss, logits and gradient on this process's one device."""
    config, parameters = cases.wide(model)
    run = jax.jit(jax.value_and_grad(cases.loss_of(config), has_aux=True))
    (loss, logits_BTV), gradient = run(parameters, *cases.texts())
    leaves = cases.names_and_leaves(jax.tree.map(np.asarray, gradient))
    return float(loss), np.asarray(logits_BTV), leaves


def start(cli, folder, what, model, params):
    """Let a child with virtual devices compute on every mesh."""
    meshes = params["meshes"]
    run(cli, params, "falsifiers.sharded_network", folder, what, model, *meshes)


def run(cli, params, module, *arguments):
    """A child that has to end well, and in time."""
    env = {
        "JAX_PLATFORMS": "cpu",
        "JAX_NUM_CPU_DEVICES": str(params["devices"]),
        # What is split does not depend on them, and to compile without takes half the time.
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        # Processes that find each other through a proxy do not find each other.
        "no_proxy": "127.0.0.1",
    }
    try:
        done = cli(module, *map(str, arguments), env=env, timeout=params["seconds"])
    except TimeoutExpired:
        pytest.fail(f"{module} {arguments} did not end within {params['seconds']} s")
    assert done.exit_code == 0, done.stderr


def assert_near(actual, truth, rel_tol, what):
    """Within a part of the largest."""
    atol = rel_tol * np.abs(truth).max()
    np.testing.assert_allclose(actual, truth, rtol=0, atol=atol, err_msg=str(what))


def check_blocks(blocks, axes, config, sizes, name):
    """Each device is another one, holds a block of the expected shape, and all is held."""
    whole = shards.whole(axes, letters(config))
    shape = shards.shard(axes, letters(config), named(sizes))
    ids = {device for (device, _), *_ in blocks.tolist()}
    assert len(ids) == len(blocks) == prod(named(sizes).values()), name
    spans = spans_of(blocks)
    lengths = {tuple(stop - begin for begin, stop in block) for block in spans}
    assert lengths == {shape}, (name, sizes)
    assert len(spans) == prod(whole) // prod(shape), (name, sizes)


def spans_of(blocks):
    """The different blocks that devices hold: where they begin and end."""
    return {tuple(map(tuple, spans)) for _, *spans in blocks.tolist()}


def joined(arrays, name, shape):
    """An array out of the parts that processes hold; NaN where nobody holds any."""
    whole = np.full(shape, np.nan)
    for part in arrays:
        for block, data in zip(part[f"blocks {name}"], part[name], strict=True):
            whole[tuple(slice(*span) for span in block[1:])] = data
    return whole


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
