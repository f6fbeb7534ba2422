"""A decoder-only transformer: Llama, Mistral, Qwen2 and Qwen3 by configuration.

The layers are stacked and scanned, so that compile time does not grow with depth. Shapes: L layers,
B batch, T positions of a call, S positions in all, V vocabulary, D model width, K key/value heads,
H head width.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from aprender.config import TransformerConfig
from aprender.nn import masks
from aprender.nn.block import KeysAndValues, Where, block
from aprender.nn.cache import Cache
from aprender.nn.initial import initial_parameters
from aprender.nn.layout import Parameters
from aprender.nn.norm import rms_norm
from aprender.nn.rope import inverse_frequencies, rope_tables
from aprender.nn.sharding import BATCH, RULES, as_ruled, constrained, local_parts

GUARD = "FALSIFY-DEF-25"


class Transformer(nnx.Module):
    """Token ids [B, T] to logits [B, T, V] in float32 (float64 for float64 parameters).

    Parameters may be kept in one dtype and computed with in another, ``dtype``. With ``remat`` each
    layer is computed again in the backward pass, and only its input is kept.
    """

    def __init__(
        self,
        config: TransformerConfig,
        parameters: Parameters,
        *,
        dtype: jnp.dtype | None = None,
        remat: bool = False,
    ) -> None:
        """``parameters`` as aprender.nn.layout has them, see `from_tensors` there."""
        self.config = config
        self.dtype = dtype
        self.remat = remat
        self.embedding = nnx.Param(parameters["embedding"])
        self.layers = nnx.Dict(
            {name: nnx.Param(stacked) for name, stacked in parameters["layers"].items()}
        )
        self.norm = nnx.Param(parameters["norm"])
        if not config.tie_word_embeddings:
            self.head = nnx.Param(parameters["head"])

    @classmethod
    def from_seed(cls, config: TransformerConfig, seed: int, **options: Any) -> Transformer:
        """With parameters to train from scratch, see aprender.nn.initial."""
        return cls(config, initial_parameters(config, seed), **options)

    @property
    def parameters(self) -> Parameters:
        """The pytree that it was made of, split by the rules where it is on a mesh."""
        tree: Parameters = {"embedding": self.embedding[...], "norm": self.norm[...]}
        tree["layers"] = {name: stacked[...] for name, stacked in self.layers.items()}
        if not self.config.tie_word_embeddings:
            tree["head"] = self.head[...]
        return as_ruled(self.config, tree)

    @property
    def head_weight(self) -> jax.Array:
        """The output layer's weight, [V, D]: the embedding itself where it is tied."""
        weight_VD = self.embedding[...] if self.config.tie_word_embeddings else self.head[...]
        return constrained(weight_VD, RULES["vocab_size"], RULES["hidden_size"])

    def __call__(self, tokens_BT: jax.Array, **rest: Any) -> jax.Array:
        """Logits of the token after each position; arguments of `hidden`."""
        return self.logits(self.hidden(tokens_BT, **rest))

    def logits(self, hidden_BTD: jax.Array) -> jax.Array:
        """Logits [..., V] of hidden states [..., D]."""
        wide = jnp.promote_types(jnp.float32, hidden_BTD.dtype)
        weight_VD = self.head_weight.astype(hidden_BTD.dtype)
        return jnp.einsum("...D,VD->...V", hidden_BTD, weight_VD, preferred_element_type=wide)

    def hidden(
        self,
        tokens_BT: jax.Array,
        *,
        positions_BT: jax.Array | None = None,
        kept_BT: jax.Array | None = None,
        segments_BT: jax.Array | None = None,
    ) -> jax.Array:
        """Hidden states [B, T, D] behind the last norm.

        Positions count from 0 in each row unless they are given. No position attends to one that is
        not kept, to a later one, or to one of another segment. An id outside of the vocabulary is
        refused, and NaN under a trace.
        """
        check_tokens(tokens_BT, self.config.vocab_size)
        check_beside(tokens_BT, positions=positions_BT, kept=kept_BT, segments=segments_BT)
        batch, length = tokens_BT.shape
        if positions_BT is None:
            positions_BT = jnp.broadcast_to(jnp.arange(length), (batch, length))
        mask_BTS = self._causal(length, length, 0)
        if kept_BT is not None:
            mask_BTS = mask_BTS & masks.padding(kept_BT)
        if segments_BT is not None:
            mask_BTS = mask_BTS & masks.segments(segments_BT, segments_BT)
        hidden_BTD, _ = self._layers(tokens_BT, positions_BT, mask_BTS, 0, None)
        return hidden_BTD

    def extend(
        self, tokens_BT: jax.Array, cache: Cache, kept_BT: jax.Array | None = None
    ) -> tuple[jax.Array, Cache]:
        """Hidden states of tokens that follow those in the cache, and the cache with them.

        Ids as for `hidden`. ValueError where the cache has no room; under a trace the caller has to
        see to that.
        """
        check_tokens(tokens_BT, self.config.vocab_size)
        check_beside(tokens_BT, kept=kept_BT)
        batch, length = tokens_BT.shape
        cache.check_room(length)
        if kept_BT is None:
            kept_BT = jnp.ones((batch, length), bool)
        kept_BS = jax.lax.dynamic_update_slice_in_dim(cache.kept_BS, kept_BT, cache.length, axis=1)
        # Padding takes no position of its own, on whichever side of the text it stands.
        positions_BS = jnp.maximum(jnp.cumsum(kept_BS, axis=1) - 1, 0)
        positions_BT = jax.lax.dynamic_slice_in_dim(positions_BS, cache.length, length, axis=1)
        mask_BTS = self._causal(length, kept_BS.shape[1], cache.length) & masks.padding(kept_BS)
        hidden_BTD, stacked = self._layers(
            tokens_BT, positions_BT, mask_BTS, cache.length, cache.layers
        )
        assert stacked is not None
        return hidden_BTD, Cache(stacked, kept_BS, cache.length + length)

    def _causal(self, queries: int, keys: int, offset: jax.Array | int) -> jax.Array:
        window = self.config.sliding_window
        if window is None:
            return masks.causal(queries, keys, offset)
        return masks.sliding_window(queries, keys, window, offset)

    def _layers(
        self,
        tokens_BT: jax.Array,
        positions_BT: jax.Array,
        mask_BTS: jax.Array,
        start: jax.Array | int,
        cached: KeysAndValues | None,
    ) -> tuple[jax.Array, KeysAndValues | None]:
        """Embedding, all layers and the last norm; keys and values are [L, B, S, K, H]."""
        config = self.config
        frequencies = inverse_frequencies(config.head_dim, config.rope_theta, config.rope_scaling)
        where = Where(*rope_tables(positions_BT, frequencies), mask_BTS, start)

        def step(x_BTD: jax.Array, scanned: Any) -> Any:
            layer, of_layer = scanned
            x_BTD, of_layer = block(config, self._cast(layer), x_BTD, where, of_layer)
            return constrained(x_BTD, BATCH), of_layer

        parameters = self.parameters
        x_BTD = constrained(self._cast(embedded(parameters["embedding"], tokens_BT)), BATCH)
        scanned = (parameters["layers"], cached)
        x_BTD, cached = jax.lax.scan(jax.checkpoint(step) if self.remat else step, x_BTD, scanned)
        return rms_norm(x_BTD, self._cast(parameters["norm"]), config.rms_norm_eps), cached

    def _cast(self, tree: Any) -> Any:
        """Arrays in the dtype that is computed with."""
        if self.dtype is None:
            return tree
        return jax.tree.map(lambda array: array.astype(self.dtype), tree)


def embedded(embedding_VD: jax.Array, tokens_BT: jax.Array) -> jax.Array:
    """Rows of the embedding, [B, T, D]; NaN for an id outside it."""
    # A negative index would count from the end.
    index_BT = jnp.where(tokens_BT < 0, embedding_VD.shape[0], tokens_BT)
    # Each device looks up the rows that it has, in their whole width: the batch is split over the
    # devices that split the width.
    embedding_VD = constrained(embedding_VD, RULES["vocab_size"])
    return jnp.take(embedding_VD, index_BT, axis=0, mode="fill", fill_value=jnp.nan)


def check_tokens(tokens_BT: jax.Array, vocabulary: int) -> None:
    """Refuse what is no batch of token ids in [0, vocabulary), by the first position.

    Of a batch over several processes each checks its own part.
    """
    dtype = jnp.result_type(tokens_BT)
    if not jnp.issubdtype(dtype, jnp.integer):
        raise TypeError(f"tokens have dtype {dtype}, not an integer one ({GUARD})")
    if jnp.ndim(tokens_BT) != 2 or 0 in jnp.shape(tokens_BT):
        raise ValueError(f"tokens have shape {jnp.shape(tokens_BT)}, not [B, T] ({GUARD})")
    if isinstance(tokens_BT, jax.core.Tracer):
        return
    for start, tokens in local_parts(tokens_BT):
        outside = np.argwhere((tokens < 0) | (tokens >= vocabulary))
        if len(outside):
            at, value = (start + outside[0]).tolist(), tokens[tuple(outside[0])]
            raise ValueError(
                f"tokens{at} = {value} is outside the vocabulary [0, {vocabulary}) ({GUARD})"
            )


def check_beside(tokens_BT: jax.Array, **others: jax.Array | None) -> None:
    """Refuse what belongs to each token and has not the shape of the tokens."""
    for name, array in others.items():
        if array is not None and jnp.shape(array) != jnp.shape(tokens_BT):
            raise ValueError(
                f"{name} has shape {jnp.shape(array)}, not {jnp.shape(tokens_BT)} as tokens have "
                f"({GUARD})"
            )


def forward(config: TransformerConfig, parameters: Parameters, tokens: jax.Array) -> jax.Array:
    """Logits [B, T, V] of token ids [B, T]: the network as one function of its parameters."""
    return Transformer(config, parameters)(tokens)
