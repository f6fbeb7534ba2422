"""Falsifiers of contracts/transformer-v1.yaml: the network as a whole.

Shapes: B batch, T positions, V vocabulary.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.config.hugging_face import from_hugging_face
from aprender.config.tensors import tensor_shapes
from aprender.nn.layout import from_tensors, to_tensors
from aprender.nn.transformer import Transformer
from falsifiers import tiny_models

GOLDENS = Path(__file__).parent / "goldens" / "transformers.npz"


def tiny(name, dtype):
    """Configuration and parameters of one tiny model."""
    config = from_hugging_face(tiny_models.CONFIGS[name])
    tensors = tiny_models.tensors(tensor_shapes(config))
    arrays = {key: jnp.asarray(value, dtype) for key, value in tensors.items()}
    return config, from_tensors(arrays, config)


def falsify_transformer_logits_are_those_of_hugging_face(implementation, falsifier):
    params = falsifier.params
    assert sha256(GOLDENS.read_bytes()).hexdigest() == params["sha256"]
    goldens = np.load(GOLDENS)
    assert set(goldens) == set(tiny_models.CONFIGS)
    tokens_BT = tiny_models.tokens()
    for name, golden_BTV in goldens.items():
        config, parameters = tiny(name, np.float32)
        logits_BTV = np.asarray(
            jax.jit(
                lambda p, config=config: implementation(
                    config=config, parameters=p, tokens=tokens_BT
                )
            )(parameters)
        )
        assert logits_BTV.dtype == np.float32
        largest = np.abs(golden_BTV).max()
        np.testing.assert_allclose(
            logits_BTV, golden_BTV, rtol=0, atol=params["rel_tol"] * largest, err_msg=name
        )
        np.testing.assert_array_equal(logits_BTV.argmax(-1), golden_BTV.argmax(-1), err_msg=name)


def falsify_def_22_the_gradient_reaches_every_parameter(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    tokens_BT = tiny_models.tokens()
    weights_BTV = rng.normal(size=(*tokens_BT.shape, tiny_models.VOCABULARY))
    with jax.enable_x64(True):
        for name in params["models"]:
            config, parameters = tiny(name, np.float64)

            def score(parameters, config=config):
                logits_BTV = implementation(config=config, parameters=parameters, tokens=tokens_BT)
                return jnp.sum(jax.nn.log_softmax(logits_BTV) * weights_BTV)

            score_ = jax.jit(score)
            gradient = jax.jit(jax.grad(score))(parameters)
            leaves = jax.tree_util.tree_leaves_with_path(gradient)
            for path, slope in leaves:
                slope = np.asarray(slope)
                assert all(part > params["nonzero"] for part in largest_of(path, slope)), path
                for _ in range(params["directions"]):
                    direction = rng.choice([-1.0, 1.0], slope.shape)
                    shift = params["step"] * direction
                    above, below = (
                        float(score_(moved(parameters, path, side))) for side in (shift, -shift)
                    )
                    difference = (above - below) / (2 * params["step"])
                    size = np.linalg.norm(slope) * np.sqrt(slope.size)
                    error = abs(float((slope * direction).sum()) - difference)
                    assert error <= params["rel_tol"] * size, (name, path)


def largest_of(path, slope):
    """The largest entry of a tensor, for each layer where layers are stacked."""
    stacked = slope if path[0].key == "layers" else slope[None]
    return [np.abs(of_layer).max() for of_layer in stacked]


def moved(parameters, path, shift):
    """The parameters with one leaf shifted."""
    return jax.tree_util.tree_map_with_path(
        lambda at, leaf: leaf + shift if at == path else leaf, parameters
    )


def falsify_def_23_no_position_sees_a_later_one(implementation, falsifier):
    params = falsifier.params
    for name in params["models"]:
        config, parameters = tiny(name, np.float32)
        logits = jax.jit(
            lambda tokens, config=config, parameters=parameters: implementation(
                config=config, parameters=parameters, tokens=tokens
            )
        )
        tokens_BT = tiny_models.tokens()
        before_BTV = np.asarray(logits(tokens_BT))
        assert np.isfinite(before_BTV).all()
        for changed in params["changed"]:
            other_BT = tokens_BT.copy()
            other_BT[:, changed] = (other_BT[:, changed] + 1) % tiny_models.VOCABULARY
            after_BTV = np.asarray(logits(other_BT))
            np.testing.assert_array_equal(after_BTV[:, :changed], before_BTV[:, :changed])
            for position in range(changed, tokens_BT.shape[1]):
                reach = config.sliding_window or tokens_BT.shape[1]
                if position - changed < reach:
                    assert (after_BTV[:, position] != before_BTV[:, position]).any()


def falsify_def_25_an_id_outside_the_vocabulary_is_no_token(implementation, falsifier):
    params = falsifier.params
    config, parameters = tiny(params["model"], np.float32)
    for token in params["outside"]:
        tokens_BT = tiny_models.tokens()
        tokens_BT[1, 2] = token
        with pytest.raises(ValueError, match=rf"tokens\[1, 2\] = {token} is outside"):
            implementation(config=config, parameters=parameters, tokens=tokens_BT)
        traced = jax.jit(
            lambda tokens: implementation(config=config, parameters=parameters, tokens=tokens)
        )
        logits_BTV = np.asarray(traced(tokens_BT))
        assert np.isnan(logits_BTV[1, 2]).all()
        assert np.isfinite(logits_BTV[0]).all()


def falsify_def_24_no_two_tensors_start_alike(implementation, falsifier):
    params = falsifier.params
    config = from_hugging_face(tiny_models.CONFIGS[params["model"]] | params_of_shape(params))
    tensors = implementation_tensors(implementation, config, params["seed"])
    large = {name: array for name, array in tensors.items() if array.size >= params["at_least"]}
    assert len(large) > params["layers"]
    for name, array in large.items():
        assert abs(array.std() - params["std"]) <= params["std_tol"] * params["std"], name
    names = sorted(large)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if large[one].shape == large[other].shape:
                correlation = np.corrcoef(large[one].ravel(), large[other].ravel())[0, 1]
                bound = params["correlation"] / np.sqrt(large[one].size)
                assert abs(correlation) <= bound, (one, other)
    again = implementation_tensors(implementation, config, params["seed"])
    other = implementation_tensors(implementation, config, params["other_seed"])
    for name in large:
        np.testing.assert_array_equal(again[name], tensors[name])
        assert (other[name] != tensors[name]).any()


def params_of_shape(params):
    """Keys of a configuration that is large enough for statistics."""
    return {
        "hidden_size": params["width"],
        "intermediate_size": params["width"],
        "num_hidden_layers": params["layers"],
        "vocab_size": params["width"],
        "head_dim": params["width"] // tiny_models.CONFIGS[params["model"]]["num_attention_heads"],
    }


def implementation_tensors(implementation, config, seed):
    """Initial tensors under Hugging Face's names."""
    parameters = implementation(config=config, seed=seed)
    return {name: np.asarray(array) for name, array in to_tensors(parameters, config).items()}


def falsify_transformer_cache_continues_as_the_whole(implementation, falsifier):
    params = falsifier.params
    for name in params["models"]:
        config, parameters = tiny(name, np.float32)
        model = Transformer(config, parameters)
        whole = jax.jit(model)
        prompt_BT = tiny_models.tokens()[:, : params["prompt"]]
        kept_BT = np.ones(prompt_BT.shape, bool)
        kept_BT[1, : params["padding"]] = False
        new_BM = np.asarray(
            implementation(
                model=model, prompt_BT=prompt_BT, new_tokens=params["new"], kept_BT=kept_BT
            )
        )
        for row, (prompt_T, kept_T) in enumerate(zip(prompt_BT, kept_BT, strict=True)):
            text = np.concatenate([prompt_T[kept_T], new_BM[row]])
            logits_TV = np.asarray(whole(text[None]))[0]
            whole_M = logits_TV.argmax(-1)[kept_T.sum() - 1 : -1]
            np.testing.assert_array_equal(new_BM[row], whole_M, err_msg=name)
