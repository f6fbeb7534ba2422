"""Texts continued token by token, from a cache of keys and values.

Shapes: B batch, T positions of the prompt, M new tokens.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from aprender.nn.cache import Cache
from aprender.nn.sampling import GREEDY, Sampling
from aprender.nn.transformer import Transformer, check_tokens


def generate(
    model: Transformer,
    prompt_BT: jax.Array,
    new_tokens: int,
    sampling: Sampling = GREEDY,
    *,
    seed: int = 0,
    kept_BT: jax.Array | None = None,
) -> jax.Array:
    """``new_tokens`` that follow each prompt, [B, M] int32.

    Prompts of different length are padded on the left, where ``kept_BT`` is False. The same seed
    gives the same tokens. ValueError for ids outside the vocabulary, padding on the right, and more
    positions than max_position_embeddings.
    """
    check_tokens(prompt_BT, model.config.vocab_size)
    if new_tokens < 1:
        raise ValueError(f"new_tokens = {new_tokens} is below 1")
    if kept_BT is None:
        kept_BT = jnp.ones(prompt_BT.shape, bool)
    if not bool(jnp.all(kept_BT[:, -1])):
        raise ValueError("a prompt ends in padding: pad on the left")
    keys = jax.random.split(jax.random.key(seed), new_tokens)
    return _generate(model, jnp.asarray(prompt_BT), jnp.asarray(kept_BT), keys, sampling)


@partial(nnx.jit, static_argnums=4)
def _generate(
    model: Transformer,
    prompt_BT: jax.Array,
    kept_BT: jax.Array,
    keys: jax.Array,
    sampling: Sampling,
) -> jax.Array:
    batch, length = prompt_BT.shape
    dtype = model.embedding[...].dtype if model.dtype is None else model.dtype
    cache = Cache.empty(model.config, batch, length + len(keys), dtype)
    hidden_BTD, cache = model.extend(prompt_BT, cache, kept_BT)
    first_B = sampling.next_token(model.logits(hidden_BTD[:, -1]), keys[0])

    def step(carry: Any, key: jax.Array) -> Any:
        token_B, cache = carry
        hidden_B1D, cache = model.extend(token_B[:, None], cache)
        token_B = sampling.next_token(model.logits(hidden_B1D[:, -1]), key)
        return (token_B, cache), token_B

    _, rest_MB = jax.lax.scan(step, (first_B, cache), keys[1:])
    return jnp.concatenate([first_B[:, None], rest_MB.T], axis=1)
