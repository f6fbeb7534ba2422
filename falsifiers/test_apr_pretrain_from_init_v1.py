"""Falsifiers of contracts/apr-pretrain-from-init-v1.yaml: parameters are those of the file.

The golden logits are transformers' in float64 for the tiny models; shapes: B batch, T positions, V
vocabulary.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file

from aprender.checkpoint import tensor as lazy_tensor
from aprender.checkpoint.architecture import build_transformer_config, read_architecture
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.matching import match
from aprender.checkpoint.save import save_hugging_face
from aprender.checkpoint.start import starting_parameters
from aprender.checkpoint.tensor import LazyTensor
from aprender.config.hugging_face import from_hugging_face
from aprender.config.shapes import named_shape
from aprender.config.tensors import tensor_shapes
from aprender.nn.layout import from_tensors
from aprender.nn.transformer import forward
from falsifiers import tiny_checkpoints, tiny_models
from falsifiers.oracles import kd
from falsifiers.test_transformer_v1 import GOLDENS
from falsifiers.tiny_checkpoints import differing, on_host, refused, tensors_of, written
from falsifiers.validate_edits import check_validate_sees_one_edit

CONTRACT = Path(__file__).parents[1] / "contracts" / "apr-pretrain-from-init-v1.yaml"
DTYPES = {"F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16}


def losses_of(logits_BTV, targets_BT):
    """Mean surprise of the targets, in nats."""
    log_p_BTV = kd.log_softmax(np.asarray(logits_BTV, np.float64), 1)
    return -np.take_along_axis(log_p_BTV, targets_BT[..., None], axis=-1).mean()


compiled = jax.jit(forward, static_argnums=0)


def falsify_def_04_parameters_are_those_of_the_file(
    implementation, falsifier, tmp_path, monkeypatch
):
    params = falsifier.params
    for name in tiny_models.CONFIGS:
        for stored in params["stored"]:
            dtype = DTYPES[stored]
            directory = written(
                tmp_path / f"{name}.{stored}", name, files=params["files"], dtype=dtype
            )
            config = read_architecture(directory)
            source = tensors_of(name, dtype)
            for piece_bytes in (lazy_tensor.PIECE_BYTES, params["piece_bytes"]):
                with monkeypatch.context() as patch:
                    patch.setattr(lazy_tensor, "PIECE_BYTES", piece_bytes)
                    found = implementation(config=config, init=directory, seed=params["seed"])
                assert differing(on_host(found, config), source) == []


def falsify_apr_pretrain_init_006_logits_and_loss_are_the_source_models(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    goldens, tokens_BT = np.load(GOLDENS), tiny_models.tokens()
    for name, golden_BTV in goldens.items():
        directory = written(tmp_path / name, name)
        config = read_architecture(directory)
        parameters = implementation(config=config, init=directory, seed=params["seed"])
        logits_BTV = np.asarray(compiled(config, parameters, tokens_BT))
        atol = params["rel_tol"] * np.abs(golden_BTV).max()
        np.testing.assert_allclose(logits_BTV, golden_BTV, rtol=0, atol=atol, err_msg=name)
        # What the model itself expects, so that each fault of it raises the loss.
        targets_BT = golden_BTV.argmax(-1)
        expected = losses_of(golden_BTV, targets_BT)
        assert abs(losses_of(logits_BTV, targets_BT) - expected) <= params["nats"], name
        if name in params["biased"]:
            parameters["layers"] |= {
                key: jnp.zeros_like(value)
                for key, value in parameters["layers"].items()
                if key.endswith("bias")
            }
            unbiased = losses_of(compiled(config, parameters, tokens_BT), targets_BT)
            assert unbiased - expected >= params["bias_is_worth"], name

    shape = {"vocab_size": params["vocabulary"], "hidden_size": params["width"]}
    scratch = replace(from_hugging_face(tiny_models.CONFIGS["qwen2-tied-seven-to-one"]), **shape)
    rng = np.random.default_rng(params["seed"])
    tokens_BT, targets_BT = rng.integers(0, params["vocabulary"], (2, *params["targets"]))
    parameters = implementation(config=scratch, init=None, seed=params["seed"])
    expected = np.log(params["vocabulary"]) + params["width"] * params["std"] ** 2 / 2
    loss = losses_of(compiled(scratch, parameters, tokens_BT), targets_BT)
    assert abs(loss - expected) <= params["scratch_nats"]


def falsify_apr_pretrain_populate_coverage_001_every_parameter_has_its_tensor(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    for number, (name, missing) in enumerate(params["missing"]):
        whole = written(tmp_path / f"whole{number}", name)
        config = read_architecture(whole)
        found = implementation(config=config, tensors=load_init_tensors(whole))
        assert differing(on_host(found, config), tensors_of(name)) == []
        directory = written(tmp_path / str(number), name, without=[missing])
        refused(directory, implementation, falsifier.id, rf"tensors are missing \(1\): {missing}")


def falsify_apr_pretrain_populate_coverage_002_every_tensor_has_its_parameter(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    extra = {name: np.ones(3, np.float32) for name in params["extra"]}
    for number, name in enumerate(params["models"]):
        directory = written(tmp_path / str(number), name, files=2, **extra)
        for unlisted in extra:
            others = [name for name in extra if name != unlisted]
            message = rf"{re.escape(unlisted)} is no parameter of this"
            refused(directory, implementation, falsifier.id, message, extras=others)
        config, tensors = read_architecture(directory), load_init_tensors(directory)
        listed = implementation(config=config, tensors=tensors, extras=params["listed"])
        assert differing(on_host(listed, config), tensors_of(name)) == []


def falsify_def_05_biases_are_loaded_where_the_file_has_them(implementation, falsifier, tmp_path):
    params = falsifier.params

    def names(config):
        """Of parameters and of the file, through a file that is never read."""
        lazy = {
            name: LazyTensor(name, tmp_path, "F32", shape, lambda rows: np.empty(0))
            for name, shape in tensor_shapes(config).items()
        }
        return list(match(config, lazy).parameters)

    assert len(names(named_shape(params["shape"]))) == params["tensors"]
    tied = written(
        tmp_path / "tied",
        params["tied"],
        keys={"num_hidden_layers": 2},
        without=[key for key in tensors_of(params["tied"]) if ".layers.2." in key],
    )
    config, tensors = read_architecture(tied), load_init_tensors(tied)
    assert len(tensors) == params["tensors_tied"]
    found = on_host(implementation(config=config, tensors=tensors), config)
    assert found.keys() == tensors.keys()
    source = load_file(tied / tiny_checkpoints.SINGLE)
    biases = [name for name in source if name.endswith(".bias")]
    assert len(biases) == params["biases"]
    for name in biases:
        np.testing.assert_array_equal(found[name], source[name], err_msg=name)

    # The same tensors under a stamp that has no biases, and the reverse.
    stamped = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
    }
    directory = written(tmp_path / "llama", params["untied"], keys=stamped)
    config = json.loads((directory / "config.json").read_text())
    config.pop("use_sliding_window")
    (directory / "config.json").write_text(json.dumps(config))
    guard = "FALSIFY-APR-PRETRAIN-POPULATE-COVERAGE-002"
    refused(directory, implementation, guard, r"_proj\.bias is no parameter of this LlamaFor")
    directory = written(tmp_path / "bare", params["untied"], without=biases_of(params["untied"]))
    guard = "FALSIFY-APR-PRETRAIN-POPULATE-COVERAGE-001"
    refused(directory, implementation, guard, r"tensors are missing \(9\): .*_proj\.bias")


def biases_of(name):
    return [key for key in tensors_of(name) if key.endswith(".bias")]


def falsify_def_06_an_untied_head_stays_its_own(implementation, falsifier, tmp_path):
    params = falsifier.params
    name = params["model"]
    embedding = tensors_of(name)["model.embed_tokens.weight"]
    directory = written(
        tmp_path / "untied",
        name,
        keys={"tie_word_embeddings": False},
        **{"lm_head.weight": -embedding},
    )
    config = read_architecture(directory)
    parameters = implementation(config=config, tensors=load_init_tensors(directory))
    logits_BTV = compiled(config, parameters, tiny_models.tokens())
    golden_BTV = -np.load(GOLDENS)[name]
    atol = params["rel_tol"] * np.abs(golden_BTV).max()
    np.testing.assert_allclose(logits_BTV, golden_BTV, rtol=0, atol=atol)
    # Without its head the same file is not tied in silence.
    bare = written(tmp_path / "bare", name, keys={"tie_word_embeddings": False})
    guard = "FALSIFY-APR-PRETRAIN-POPULATE-COVERAGE-001"
    refused(bare, implementation, guard, r"tensors are missing \(1\): lm_head\.weight")


def falsify_apr_pretrain_init_tied_a_copy_of_the_embedding_is_equal(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    name = params["model"]
    source = tensors_of(name)
    embedding = source["model.embed_tokens.weight"]

    def with_head(directory, head):
        return written(tmp_path / directory, name, **{"lm_head.weight": head})

    equal = with_head("equal", embedding)
    config = read_architecture(equal)
    parameters = implementation(config=config, tensors=load_init_tensors(equal))
    assert "head" not in parameters
    np.testing.assert_array_equal(parameters["embedding"], embedding)
    other = embedding.copy()
    other[params["row"], -1] += params["difference"]
    for number, (head, message) in enumerate(
        (
            (other, f"differs from model.embed_tokens.weight in row {params['row']}"),
            (embedding[1:], r"lm_head\.weight is \(39, 16\) where"),
            (embedding.astype(np.float16), r"lm_head\.weight is F16 where"),
            (embedding[:0], r"lm_head\.weight is \(0, 16\) where"),
        )
    ):
        refused(with_head(str(number), head), implementation, falsifier.id, message)


def falsify_def_07_a_transposed_matrix_is_refused_or_changes_the_logits(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    for number, (name, tensor) in enumerate(params["oblong"]):
        array = tensors_of(name)[tensor]
        directory = written(tmp_path / str(number), name, **{tensor: array.T.copy()})
        message = re.escape(f"{tensor} has shape {array.T.shape}, and") + ".*"
        refused(
            directory, implementation, falsifier.id, message + re.escape(f"for {array.shape} (")
        )
    # A square shows in nothing but what the model computes.
    name, tensor = params["square"]
    array = tensors_of(name)[tensor]
    assert array.shape == array.T.shape
    golden_BTV = np.load(GOLDENS)[name]
    atol = params["rel_tol"] * np.abs(golden_BTV).max()
    for directory, stored, is_golden in (("right", array, True), ("turned", array.T, False)):
        directory = written(tmp_path / directory, name, **{tensor: stored.copy()})
        config = read_architecture(directory)
        parameters = implementation(config=config, tensors=load_init_tensors(directory))
        logits_BTV = compiled(config, parameters, tiny_models.tokens())
        assert bool((np.abs(logits_BTV - golden_BTV) <= atol).all()) is is_golden


def falsify_apr_pretrain_init_nonfinite_numbers_are_refused_by_place(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    name = params["model"]
    for number, (tensor, at, text) in enumerate(params["planted"]):
        array = tensors_of(name)[tensor]
        array[tuple(at)] = float(text)
        directory = written(tmp_path / str(number), name, files=2, **{tensor: array})
        message = re.escape(f"{tensor}{list(at)} = {text} is not finite in float32")
        refused(directory, implementation, falsifier.id, message)
    tensor, extremes = params["extreme"]
    array = tensors_of(name)[tensor]
    array[0, : len(extremes)] = extremes
    directory = written(tmp_path / "extreme", name, **{tensor: array})
    config = read_architecture(directory)
    found = implementation(config=config, tensors=load_init_tensors(directory))
    assert on_host(found, config)[tensor].tobytes() == array.tobytes()
    tensor, at, large = params["too_large"]
    array = tensors_of(name)[tensor]
    array[tuple(at)] = large
    directory = written(tmp_path / "large", name, **{tensor: array})
    message = re.escape(f"{tensor}{list(at)}") + r" = .* is not finite in float16"
    refused(directory, implementation, falsifier.id, message, dtype=np.float16)


def falsify_apr_pretrain_init_saved_the_directory_comes_back_to_the_bit(falsifier, tmp_path):
    params = falsifier.params
    for name in params["models"]:
        dtype = DTYPES[params["stored"]]
        config = from_hugging_face(tiny_models.CONFIGS[name])
        parameters = from_tensors(tensors_of(name, dtype), config)
        for size in params["file_bytes"]:
            saved, again = (tmp_path / f"{name}.{size}.{i}" for i in range(2))
            for directory in (saved, again):
                save_hugging_face(directory, parameters, config, file_bytes=size)
            assert {file.name for file in saved.iterdir()} == {f.name for f in again.iterdir()}
            assert [
                f for f in saved.iterdir() if f.read_bytes() != (again / f.name).read_bytes()
            ] == []
            files = list(saved.glob("*.safetensors"))
            assert (len(files) == 1) is (size == max(params["file_bytes"]))
            arrays = {key: value for file in files for key, value in load_file(file).items()}
            truth = tensors_of(name, dtype)
            assert differing(arrays, truth) == []
            assert read_architecture(saved) == config
            assert load_init_tensors(saved).keys() == truth.keys()


def falsify_init_arch_match_001_the_target_is_the_file(falsifier, tmp_path):
    params = falsifier.params
    directory = written(tmp_path / "source", params["model"])
    config = read_architecture(directory)
    assert build_transformer_config(directory, config) == config
    for field, value in params["changed"]:
        other = replace(config, **{field: value})
        with pytest.raises(ValueError, match=f"{field} = {value} for") as refusal:
            build_transformer_config(directory, other)
        assert str(directory) in str(refusal.value)
        with pytest.raises(CheckpointError):
            starting_parameters(other, directory, seed=0)


def falsify_apr_pretrain_init_008_pv_validate_sees_one_edit(falsifier, cli, tmp_path):
    params = falsifier.params
    edits = (
        (params["misspelt_key"], "  rule: biases are", ["  rul: biases are"]),
        (params["empty_formula"], '    formula: "parameter(name)', ["    formula: ''"]),
        (params["repeated_id"], "- id: FALSIFY-DEF-05", ["- id: FALSIFY-DEF-04"]),
        (params["empty_prediction"], '  prediction: "it exits 0', ["  prediction: ''"]),
        (params["repeated_key"], "  status: PROPOSED", ["  status: PROPOSED"] * 2),
    )
    check_validate_sees_one_edit(cli, CONTRACT, edits, tmp_path)
