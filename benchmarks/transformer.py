"""The network, as ratios: its attention, its forward pass beside transformers, its compile time.

``python benchmarks/transformer.py [--json]``; with ``make bench`` from a checkout. Float32, the
heads of Qwen2 0.5B. All in this one run, one thing after the other; a time is the best of three.
The whole forward pass is compared where torch and transformers are, in a process of their own.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from report import Row, need, run

from aprender.config import TransformerConfig
from aprender.config.hugging_face import to_hugging_face
from aprender.config.shapes import named_shape
from aprender.nn import masks
from aprender.nn.attention import grouped_attention, native_attention
from aprender.nn.initial import initial_parameters
from aprender.nn.transformer import forward

SHAPE = "qwen2_0_5b"
LENGTHS = (512, 2048)
TEXT = 512
"""Positions of the whole forward pass."""
TIMES = 3


def measure(
    config: TransformerConfig | None = None, lengths: Sequence[int] = LENGTHS, text: int = TEXT
) -> Iterator[Row]:
    """All rows."""
    config = named_shape(SHAPE) if config is None else config
    for length in lengths:
        yield from attention(config, length)
    yield compile_time(config, text)
    if importlib.util.find_spec("transformers") and importlib.util.find_spec("torch"):
        yield whole(config, text)


def attention(config: TransformerConfig, length: int) -> Iterator[Row]:
    """Forward, and forward with backward, beside keys and values repeated, and jax's own."""
    rng = np.random.default_rng(0)
    query, key, value = (
        jnp.asarray(rng.standard_normal((1, length, heads, config.head_dim), np.float32))
        for heads in (config.num_attention_heads, *[config.num_key_value_heads] * 2)
    )
    mask = masks.causal(length, length)
    others = {
        "keys and values repeated": repeated,
        "jax.nn.dot_product_attention": native_attention,
    }
    for what, times in (("forward", forward_only), ("forward and backward", with_backward)):
        mine = times(grouped_attention, query, key, value, mask)
        for name, other in others.items():
            theirs = times(other, query, key, value, mask)
            yield Row(
                f"attention, {what}, T = {length}",
                name,
                mine / theirs,
                None,
                f"{1000 * mine:.1f} ms / {1000 * theirs:.1f} ms",
            )


def repeated(query: jax.Array, key: jax.Array, value: jax.Array, mask: jax.Array) -> jax.Array:
    """As many public implementations do it: every head gets keys and values of its own."""
    group = query.shape[2] // key.shape[2]
    return grouped_attention(query, *(jnp.repeat(x, group, axis=2) for x in (key, value)), mask)


def forward_only(attend: Callable[..., jax.Array], *arrays: jax.Array) -> float:
    """Seconds of one call."""
    return best(jax.jit(attend), *arrays)


def with_backward(attend: Callable[..., jax.Array], *arrays: jax.Array) -> float:
    """Seconds of one call and the gradients of query, key and value."""
    return best(jax.jit(jax.grad(lambda *x: jnp.sum(attend(*x) ** 2), argnums=(0, 1, 2))), *arrays)


def compile_time(config: TransformerConfig, text: int) -> Row:
    """Layers are scanned: all of them compile as two do."""
    few, many = (compile_seconds(config, layers, text) for layers in (2, config.num_hidden_layers))
    return Row(
        f"compile time of the forward pass, {config.num_hidden_layers} layers",
        "2 layers",
        many / few,
        1.5,
        f"{many:.2f} s / {few:.2f} s",
    )


def compile_seconds(config: TransformerConfig, layers: int, text: int) -> float:
    """The least of several compilations, none of which is cached."""
    config = replace(config, num_hidden_layers=layers)
    parameters = jax.eval_shape(lambda: initial_parameters(config, 0))
    tokens = jax.ShapeDtypeStruct((1, text), jnp.int32)
    seconds = []
    for _ in range(TIMES):
        lowered = jax.jit(lambda p, t: forward(config, p, t)).lower(parameters, tokens)
        start = time.perf_counter()
        lowered.compile()
        seconds.append(time.perf_counter() - start)
        jax.clear_caches()
    return min(seconds)


def whole(config: TransformerConfig, text: int) -> Row:
    """Tokens a second, from token ids to logits."""
    parameters = initial_parameters(config, 0)
    tokens = np.arange(text)[None] % config.vocab_size
    mine = best(jax.jit(lambda p, t: forward(config, p, t)), parameters, tokens)
    command = [sys.executable, __file__, "--torch", json.dumps(to_hugging_face(config)), str(text)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    need(done.returncode == 0, "transformers failed", done.stderr)
    theirs = float(done.stdout)
    return Row(
        f"time of a whole forward pass, {text} tokens",
        "transformers with torch",
        mine / theirs,
        None,
        f"{text / mine:.0f} and {text / theirs:.0f} tokens/s",
    )


def torch_process(config: str, text: str) -> None:
    """Print the seconds that a model of transformers takes."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    keys = json.loads(config)
    made = type(AutoConfig.for_model(keys.pop("model_type")))(**keys)
    model = AutoModelForCausalLM.from_config(made).eval()
    tokens = torch.arange(int(text))[None] % made.vocab_size
    with torch.no_grad():
        sys.stdout.write(str(best(lambda: model(tokens).logits)))


def best(function: Callable[..., Any], *arguments: Any) -> float:
    """Seconds of the fastest call; the first one, which compiles, is not counted."""
    seconds = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--torch"]:
        torch_process(*sys.argv[2:])
    else:
        sys.exit(run(__doc__, measure))
