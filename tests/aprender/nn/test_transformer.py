"""The network's options: padding, segments, dtypes, recomputation; and its refusals."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from aprender.config.hugging_face import from_hugging_face
from aprender.config.tensors import tensor_shapes
from aprender.nn.cache import Cache
from aprender.nn.initial import initial_parameters
from aprender.nn.layout import from_tensors
from aprender.nn.transformer import Transformer, forward
from falsifiers import tiny_models

CONFIG = from_hugging_face(tiny_models.CONFIGS["qwen2-tied-seven-to-one"])
TOKENS = tiny_models.tokens()


def parameters():
    tensors = tiny_models.tensors(tensor_shapes(CONFIG))
    return from_tensors({key: np.float32(value) for key, value in tensors.items()}, CONFIG)


MODEL = Transformer(CONFIG, parameters())


def test_texts_that_share_a_row_do_not_see_each_other() -> None:
    segments = np.array([[0] * 5 + [1] * 7] * 2)
    positions = np.array([[*range(5), *range(7)]] * 2)
    packed = MODEL(TOKENS, segments_BT=segments, positions_BT=positions)
    np.testing.assert_allclose(packed[:, :5], MODEL(TOKENS[:, :5]), atol=2e-5)
    np.testing.assert_allclose(packed[:, 5:], MODEL(TOKENS[:, 5:]), atol=2e-5)


def test_padding_changes_nothing_but_its_own_positions() -> None:
    kept = np.ones(TOKENS.shape, bool)
    kept[:, 8:] = False
    padded = MODEL(TOKENS, kept_BT=kept)
    np.testing.assert_allclose(padded[:, :8], MODEL(TOKENS[:, :8]), atol=2e-5)
    assert np.isfinite(padded).all()


def test_recomputation_and_half_precision() -> None:
    def loss(model: Transformer) -> jax.Array:
        return jnp.mean(model(TOKENS) ** 2)

    whole = nnx.grad(loss)(MODEL)
    again = nnx.grad(loss)(Transformer(CONFIG, parameters(), remat=True))
    for one, other in zip(jax.tree.leaves(whole), jax.tree.leaves(again), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    half = Transformer(CONFIG, parameters(), dtype=jnp.bfloat16)
    logits = half(TOKENS)
    assert logits.dtype == jnp.float32
    assert half.hidden(TOKENS).dtype == jnp.bfloat16
    distance = jnp.linalg.norm(logits - MODEL(TOKENS)) / jnp.linalg.norm(MODEL(TOKENS))
    assert 0 < distance < 0.1


def test_it_is_made_of_its_parameters() -> None:
    tree = MODEL.parameters
    assert jax.tree.structure(tree) == jax.tree.structure(parameters())
    assert "head" not in tree
    assert MODEL.head_weight is MODEL.embedding[...]


@pytest.mark.parametrize("name", ["positions_BT", "kept_BT", "segments_BT"])
def test_what_belongs_to_each_token_has_their_shape(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name[:-3]} has shape \(2, 11\), not \(2, 12\)"):
        MODEL(TOKENS, **{name: np.ones((2, 11), int)})
    with pytest.raises(ValueError, match=r"kept has shape \(2, 11\), not \(2, 12\)"):
        MODEL.extend(TOKENS, Cache.empty(CONFIG, 2, 20), np.ones((2, 11), bool))


def test_a_tied_model_is_an_untied_one_with_the_embedding_as_head() -> None:
    untied = Transformer(
        replace(CONFIG, tie_word_embeddings=False),
        parameters() | {"head": parameters()["embedding"]},
    )
    np.testing.assert_array_equal(untied(TOKENS), MODEL(TOKENS))


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 0)])
def test_what_is_no_batch_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="tokens have shape"):
        MODEL(np.zeros(shape, int))


def test_tokens_that_are_no_integers_are_refused() -> None:
    with pytest.raises(TypeError, match="tokens have dtype float32"):
        MODEL(np.zeros((1, 2), np.float32))


def test_a_cache_has_the_room_that_it_has() -> None:
    for room in (0, CONFIG.max_position_embeddings + 1):
        with pytest.raises(ValueError, match=rf"room = {room} positions is outside"):
            Cache.empty(CONFIG, 1, room)
    cache = Cache.empty(CONFIG, 2, 13)
    _, cache = MODEL.extend(TOKENS, cache)
    with pytest.raises(ValueError, match=r"12 \+ 2 positions, and the cache has room for 13"):
        MODEL.extend(TOKENS[:, :2], cache)


def test_depth_does_not_grow_the_program() -> None:
    sizes = []
    for layers in (2, 8):
        config = from_hugging_face(tiny_models.CONFIGS["llama"] | {"num_hidden_layers": layers})
        run = jax.jit(lambda tree, config=config: forward(config, tree, TOKENS))
        sizes.append(len(run.lower(initial_parameters(config, 0)).as_text()))
    assert sizes[1] < 1.1 * sizes[0]
