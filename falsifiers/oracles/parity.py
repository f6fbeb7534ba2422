"""Distances between logits at 50 digits with mpmath, one position at a time; a layer in float64.

Shapes: V vocabulary, B batch, T positions, D model width, N query heads, K key/value heads, H head
width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from falsifiers.oracles import attention, masks, transformer

DIGITS = 50

Float64s = NDArray[np.float64]


def relative_l2(reference: Sequence[float], candidate: Sequence[float]) -> float:
    """sqrt(sum (c' - r')^2 / sum r'^2) with r' and c' minus their own mean."""
    with mpmath.workdps(DIGITS):
        truth, found = _centred(reference), _centred(candidate)
        error = mpmath.fsum((c - r) ** 2 for r, c in zip(truth, found, strict=True))
        return float(mpmath.sqrt(error / mpmath.fsum(r**2 for r in truth)))


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """a . b / (|a| |b|)."""
    with mpmath.workdps(DIGITS):
        a, b = ([mpmath.mpf(float(x)) for x in side] for side in (one, other))
        squares = mpmath.fsum(x**2 for x in a) * mpmath.fsum(x**2 for x in b)
        return float(mpmath.fsum(x * y for x, y in zip(a, b, strict=True)) / mpmath.sqrt(squares))


def divergence(reference: Sequence[float], candidate: Sequence[float]) -> float:
    """sum p log(p / q) in nats, p and q the softmaxes."""
    with mpmath.workdps(DIGITS):
        p, q = _softmax(reference), _softmax(candidate)
        return float(mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True)))


def gap(logits: Sequence[float]) -> float:
    """The largest minus the second largest."""
    ordered = sorted(map(float, logits))
    return ordered[-1] - ordered[-2]


def llama_layer(
    layer: Mapping[str, Any], x_BTD: Float64s, heads: int, kv_heads: int, theta: float, eps: float
) -> Float64s:
    """A layer of Llama without bias from its tensors [out, in], by Hugging Face's names."""
    batch, length, _ = x_BTD.shape
    weight = {name: np.asarray(value, np.float64) for name, value in layer.items()}
    normed = transformer.rms_norm(x_BTD, weight["input_layernorm.weight"], eps)

    def split(name: str, count: int) -> Float64s:
        projected: Float64s = normed @ weight[f"self_attn.{name}_proj.weight"].T
        return projected.reshape(batch, length, count, -1)

    query, key, value = split("q", heads), split("k", kv_heads), split("v", kv_heads)
    turns = np.arange(length)[:, None] * transformer.frequencies(query.shape[-1], theta)
    angles = np.broadcast_to(turns, (batch, *turns.shape))
    attended = attention.attention(
        transformer.rotated(query, angles),
        transformer.rotated(key, angles),
        value,
        masks.causal(length, length, [0] * batch),
    )
    flat = attended.reshape(batch, length, -1)
    x_BTD = x_BTD + flat @ weight["self_attn.o_proj.weight"].T
    normed = transformer.rms_norm(x_BTD, weight["post_attention_layernorm.weight"], eps)
    gate, up = (normed @ weight[f"mlp.{name}_proj.weight"].T for name in ("gate", "up"))
    added: Float64s = transformer.swiglu(gate, up) @ weight["mlp.down_proj.weight"].T
    return x_BTD + added


def _centred(logits: Sequence[float]) -> list[Any]:
    exact = [mpmath.mpf(float(x)) for x in logits]
    mean = mpmath.fsum(exact) / len(exact)
    return [x - mean for x in exact]


def _softmax(logits: Sequence[float]) -> list[Any]:
    raised = [mpmath.exp(mpmath.mpf(float(x))) for x in logits]
    total = mpmath.fsum(raised)
    return [x / total for x in raised]
