"""Where parameters go, and what populate refuses of its own arguments."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from jax.sharding import SingleDeviceSharding

from aprender.checkpoint import destination
from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.destination import DeviceShard
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.matching import match
from aprender.checkpoint.populate import populate
from aprender.checkpoint.start import starting_parameters
from aprender.nn.initial import initial_parameters
from aprender.nn.sharding import make_mesh, parameter_shardings
from falsifiers.tiny_checkpoints import differing, on_host, tensors_of, written
from falsifiers.tiny_models import CONFIGS

MODEL = "qwen2"


@pytest.fixture
def source(tmp_path):
    return written(tmp_path / "source", MODEL)


def loaded(directory, **arguments):
    config = read_architecture(directory)
    return config, populate(config, load_init_tensors(directory), **arguments)


def test_every_placement_gives_the_same_parameters(source):
    device = jax.devices()[0]
    config = read_architecture(source)
    mesh = make_mesh(devices=[device])
    for placement in (
        None,
        device,
        SingleDeviceSharding(device),
        parameter_shardings(config, mesh),
    ):
        _, parameters = loaded(source, placement=placement)
        assert differing(on_host(parameters, config), tensors_of(MODEL)) == []
        for array in jax.tree.leaves(parameters):
            assert array.devices() == {device}
    _, parameters = loaded(source, placement=parameter_shardings(config, mesh))
    assert parameters["embedding"].sharding.mesh == mesh


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_a_device_that_is_no_cpu_is_filled_alike(name, tmp_path, monkeypatch):
    directory = written(tmp_path / "source", name)
    monkeypatch.setattr(destination, "shard_on", lambda device: DeviceShard)
    config, parameters = loaded(directory)
    assert differing(on_host(parameters, config), tensors_of(name)) == []


def test_a_stated_dtype_rounds_and_widens(source):
    config, half = loaded(source, dtype=jax.numpy.bfloat16)
    expected = {name: array.astype(jax.numpy.bfloat16) for name, array in tensors_of(MODEL).items()}
    assert differing(on_host(half, config), expected) == []
    _, whole = loaded(written(source.with_name("half"), MODEL, dtype=np.float16), dtype=np.float32)
    expected = {
        name: array.astype(np.float16).astype(np.float32)
        for name, array in tensors_of(MODEL).items()
    }
    assert differing(on_host(whole, config), expected) == []


def test_parameters_are_floating(source):
    with pytest.raises(TypeError, match=r"dtype = int32 is none.*FALSIFY-APR-PRETRAIN-INIT-DTYPE"):
        loaded(source, dtype=np.int32)


def test_a_placement_is_no_name(source):
    with pytest.raises(TypeError, match=r"placement = 'cuda' is no device \(see select_device\)"):
        loaded(source, placement="cuda")


def test_what_is_left_out_is_listed(tmp_path):
    extra = "model.layers.0.self_attn.rotary_emb.inv_freq"
    directory = written(tmp_path / "source", MODEL, **{extra: np.ones(2, np.float32)})
    matched = match(read_architecture(directory), load_init_tensors(directory), ["*.inv_freq"])
    assert matched.left_out == (extra,)
    assert matched.redundant_head is None


def test_nothing_at_all_is_missing_by_name(source):
    with pytest.raises(
        ValueError, match=r"the checkpoint: tensors are missing \(39\): model\.embed"
    ):
        populate(read_architecture(source), {})


def test_without_a_checkpoint_the_seed_decides(source):
    config = read_architecture(source)
    new = starting_parameters(config, None, seed=3, placement=jax.devices()[0])
    expected = on_host(initial_parameters(config, 3), config)
    assert differing(on_host(new, config), expected) == []
    half = starting_parameters(config, None, seed=3, dtype=jax.numpy.bfloat16)
    assert {array.dtype for array in jax.tree.leaves(half)} == {np.dtype(jax.numpy.bfloat16)}
