"""Decoders of tiny models for the parity gate: texts computed as a whole, or from a cache.

Shapes: T positions of a call, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from aprender.backend.record import Decoder
from aprender.config import TransformerConfig
from aprender.config.hugging_face import from_hugging_face
from aprender.config.tensors import tensor_shapes
from aprender.nn.cache import Cache
from aprender.nn.layout import Parameters, from_tensors
from aprender.nn.transformer import Transformer
from falsifiers import tiny_models

Start = Callable[[jax.Device], Decoder]
Network = Callable[..., jax.Array]


def tiny(name: str) -> tuple[TransformerConfig, Parameters]:
    """Configuration and float32 parameters, on the host, of one tiny model."""
    config = from_hugging_face(tiny_models.CONFIGS[name])
    tensors = tiny_models.tensors(tensor_shapes(config))
    arrays = {key: value.astype(np.float32) for key, value in tensors.items()}
    # Stacked where JAX is, and brought back: each decoder puts them on its own device.
    return config, jax.tree.map(np.asarray, from_tensors(arrays, config))


def prompts(count: int, length: int) -> list[list[int]]:
    """Different texts of one length."""
    ids = np.random.default_rng(count * length).integers(0, tiny_models.VOCABULARY, (count, length))
    return [row.tolist() for row in ids]


def whole(network: Network, room: int) -> Callable[[Parameters], Start]:
    """Each call computes all `room` positions anew: no position sees the zeros behind the text.

    `network` takes parameters and tokens, and gives logits [1, room, V]. It is compiled once.
    """

    @partial(jax.jit, static_argnums=3)
    def rows(parameters: Parameters, text: Any, first: Any, count: int) -> jax.Array:
        return jax.lax.dynamic_slice_in_dim(network(parameters, text)[0], first, count)

    def start(parameters: Parameters, device: jax.Device) -> Decoder:
        here = jax.device_put(parameters, device)
        text: list[int] = []

        def decoder(tokens_T: jax.Array) -> jax.Array:
            first = len(text)
            text.extend(np.asarray(tokens_T).tolist())
            padded = np.zeros((1, room), np.int32)
            padded[0, : len(text)] = text
            return rows(here, jax.device_put(padded, device), first, len(text) - first)

        return decoder

    return lambda parameters: partial(start, parameters)


def cached(config: TransformerConfig, parameters: Parameters, room: int) -> Start:
    """Each call computes its own positions, and reads the earlier ones from the cache."""

    @jax.jit
    def extend(parameters: Parameters, tokens_BT: Any, cache: Cache) -> tuple[jax.Array, Cache]:
        model = Transformer(config, parameters)
        hidden_BTD, cache = model.extend(tokens_BT, cache)
        return model.logits(hidden_BTD)[0], cache

    def start(device: jax.Device) -> Decoder:
        here = jax.device_put(parameters, device)
        cache = jax.device_put(Cache.empty(config, 1, room), device)

        def decoder(tokens_T: jax.Array) -> jax.Array:
            nonlocal cache
            logits_TV, cache = extend(here, tokens_T[None], cache)
            return logits_TV

        return decoder

    return start
