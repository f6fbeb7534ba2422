"""The fused distillation head, as ratios against what one would write with optax or torch.

``python benchmarks/fused_head.py [--json]``; with ``make bench`` from a checkout. Loss and
gradients of hidden states and head in float32, V = 151,936, T = 2, both heads included. All in this
one run, one thing after the other; a time is the best of three. torch is measured if installed.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from report import Row, need, run

from aprender.losses.fused import LinearHead, Tiling, fused_kd_loss, top_k_of

VOCABULARY = 151_936
TEMPERATURE, KD_WEIGHT = 2.0, 0.5
LISTED = 64
TIMES = 3
MIB = 2**20


class Shape(NamedTuple):
    """Tokens, and the widths of student and teacher."""

    tokens: int
    student: int
    teacher: int
    vocabulary: int = VOCABULARY

    def __str__(self) -> str:
        return f"{self.tokens} tokens, D = {self.student}, teacher {self.teacher}"


SHAPES = (
    Shape(512, 896, 1536),
    Shape(1024, 896, 1536),
    Shape(512, 1536, 1536),
    Shape(1024, 1536, 1536),
)

LARGER = (Shape(8192, 896, 1536), Shape(1024, 896, 1536, 262_144))


class Spent(NamedTuple):
    """Seconds, temporary bytes, and the loss that came out."""

    seconds: float
    temporary: int
    loss: float


def measure(shapes: Sequence[Shape] = SHAPES, larger: Sequence[Shape] = LARGER) -> Iterator[Row]:
    """All rows; the larger shapes are compiled and not run."""
    for shape in shapes:
        yield from against_optax(shape)
        if importlib.util.find_spec("torch"):
            yield from against_torch(shape)
    for shape in (*shapes, *larger):
        yield held_at(shape)
    yield listed_row(shapes[0])


def against_optax(shape: Shape) -> Iterator[Row]:
    """Time and memory beside the loss as its formula reads."""
    fused, naive = measured(fused_loss, shape), measured(optax_loss, shape)
    need(abs(fused.loss - naive.loss) < 1e-5 * naive.loss, "the losses differ", (fused, naive))
    yield Row(
        f"time of the fused head, {shape}",
        "optax: kl_divergence and softmax_cross_entropy_with_integer_labels",
        fused.seconds / naive.seconds,
        1.0,
        f"{fused.seconds:.2f} s / {naive.seconds:.2f} s",
    )
    yield memory_row(f"temporary memory of the fused head, {shape}", fused, "optax", naive, 0.15)


def memory_row(what: str, fused: Spent, against: str, other: Spent, bar: float | None) -> Row:
    """One ratio of bytes."""
    how = f"{fused.temporary / MIB:.0f} MiB / {other.temporary / MIB:.0f} MiB"
    return Row(what, against, fused.temporary / other.temporary, bar, how)


def held_at(shape: Shape) -> Row:
    """What compiles may hold: the gradient of the head and one tile, at any size."""
    compiled = compile_for(fused_loss, abstract(shape))
    tile = 4 * shape.tokens * Tiling().cut_columns(shape.vocabulary).width
    most = 4 * shape.vocabulary * shape.student + tile
    held = compiled.memory_analysis().temp_size_in_bytes
    return Row(
        f"temporary memory of the fused head, {shape}, V = {shape.vocabulary:,}",
        "gradient of the head and one tile of logits",
        held / most,
        1.0,
        f"{held / MIB:.0f} MiB / {most / MIB:.0f} MiB",
    )


def listed_row(shape: Shape) -> Row:
    """A teacher of listed tokens, as from a cache, beside one that has to be computed."""
    online, listed = measured(fused_loss, shape), measured(listed_loss, shape)
    return Row(
        f"time with the teacher's {LISTED} largest logits, {shape}",
        "the teacher's head",
        listed.seconds / online.seconds,
        None,
        f"{listed.seconds:.2f} s / {online.seconds:.2f} s",
    )


def against_torch(shape: Shape) -> Iterator[Row]:
    """Time and memory beside torch, each in a process of its own."""
    fused = measured(fused_loss, shape)
    for name in TORCH_LOSSES:
        command = [sys.executable, __file__, "--torch", name, *map(str, shape)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        need(done.returncode == 0, f"torch {name} failed", done.stderr)
        other = Spent(*json.loads(done.stdout))
        need(abs(fused.loss - other.loss) < 1e-5 * other.loss, "the losses differ", (fused, other))
        yield Row(
            f"time of the fused head, {shape}",
            f"torch, {name}",
            fused.seconds / other.seconds,
            None,
            f"{fused.seconds:.2f} s / {other.seconds:.2f} s",
        )
        # torch's figure is the growth of the process, with the gradients that it returns.
        gradients = 4 * shape.student * (shape.vocabulary + shape.tokens)
        with_gradients = fused._replace(temporary=fused.temporary + gradients)
        what = f"memory of the fused head with its gradients, {shape}"
        yield memory_row(what, with_gradients, f"torch, {name}", other, None)


def arrays(shape: Shape) -> tuple[Any, ...]:
    """Hidden states and head of the student, of the teacher, and labels; logits of deviation 1."""
    rng = np.random.default_rng(0)

    def normal(*size: int) -> Any:
        return rng.standard_normal(size, np.float32)

    n, d, e, v = shape
    return (
        normal(n, d),
        normal(v, d) / np.float32(d**0.5),
        normal(n, e),
        normal(v, e) / np.float32(e**0.5),
        rng.integers(0, v, n).astype(np.int32),
    )


def abstract(shape: Shape) -> tuple[jax.ShapeDtypeStruct, ...]:
    """The same without their values."""
    n, d, e, v = shape
    sizes = ((n, d), (v, d), (n, e), (v, e))
    return (
        *(jax.ShapeDtypeStruct(size, jnp.float32) for size in sizes),
        jax.ShapeDtypeStruct((n,), jnp.int32),
    )


@cache
def measured(loss: Callable[..., jax.Array], shape: Shape) -> Spent:
    """A loss with its gradients."""
    given = jax.block_until_ready([jnp.asarray(array) for array in arrays(shape)])
    compiled = compile_for(loss, given)
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        value, gradients = jax.block_until_ready(compiled(*given))
        seconds.append(time.perf_counter() - start)
        del gradients
    return Spent(min(seconds), compiled.memory_analysis().temp_size_in_bytes, float(value))


def compile_for(loss: Callable[..., jax.Array], given: Any) -> Any:
    """Value and gradients with respect to the student's two arrays."""
    return jax.jit(jax.value_and_grad(loss, argnums=(0, 1))).lower(*given).compile()


def fused_loss(h: jax.Array, w: jax.Array, g: jax.Array, u: jax.Array, y: jax.Array) -> jax.Array:
    """The teacher as a head."""
    student, teacher = LinearHead(h, w), LinearHead(g, u)
    return fused_kd_loss(student, teacher, y, TEMPERATURE, KD_WEIGHT, 1 - KD_WEIGHT)


def listed_loss(h: jax.Array, w: jax.Array, g: jax.Array, u: jax.Array, y: jax.Array) -> jax.Array:
    """The teacher as listed tokens, as they come from a cache: any will do."""
    few = top_k_of(g[:, : 2 * LISTED], LISTED, TEMPERATURE)
    return fused_kd_loss(LinearHead(h, w), few, y, TEMPERATURE, KD_WEIGHT, 1 - KD_WEIGHT)


def optax_loss(h: jax.Array, w: jax.Array, g: jax.Array, u: jax.Array, y: jax.Array) -> jax.Array:
    """As the formula reads."""
    student, teacher = h @ w.T, jax.lax.stop_gradient(g @ u.T)
    log_q = jax.nn.log_softmax(student / TEMPERATURE)
    kd = TEMPERATURE**2 * optax.losses.kl_divergence(log_q, jax.nn.softmax(teacher / TEMPERATURE))
    ce = optax.losses.softmax_cross_entropy_with_integer_labels(student, y)
    return jnp.mean(KD_WEIGHT * kd + (1 - KD_WEIGHT) * ce)


def torch_eager(h: Any, w: Any, g: Any, u: Any, y: Any) -> Any:
    """As the formula reads; summed."""
    import torch
    from torch.nn import functional

    student = h @ w.T
    with torch.no_grad():
        log_p = functional.log_softmax(g @ u.T / TEMPERATURE, dim=-1)
    log_q = functional.log_softmax(student / TEMPERATURE, dim=-1)
    kd = TEMPERATURE**2 * functional.kl_div(log_q, log_p, reduction="sum", log_target=True)
    ce = functional.cross_entropy(student, y, reduction="sum")
    return KD_WEIGHT * kd + (1 - KD_WEIGHT) * ce


def torch_chunks(h: Any, w: Any, g: Any, u: Any, y: Any) -> Any:
    """The same in chunks of 128 tokens, each computed again in the backward pass."""
    from torch.utils.checkpoint import checkpoint

    parts = zip(h.split(128), g.split(128), y.split(128), strict=True)
    return sum(
        checkpoint(torch_eager, hc, w, gc, u, yc, use_reentrant=False) for hc, gc, yc in parts
    )


TORCH_LOSSES = {"eager": torch_eager, "checkpointed chunks of 128": torch_chunks}


def torch_process(name: str, *sizes: str) -> None:
    """Print what torch takes as JSON; a process of its own, as its peak memory is the process's."""
    import torch

    shape = Shape(*map(int, sizes))
    h, w, g, u, y = (torch.from_numpy(array) for array in arrays(shape))
    h.requires_grad_()
    w.requires_grad_()
    before, seconds = process_bytes("VmRSS"), []
    for _ in range(TIMES):
        h.grad = w.grad = None
        start = time.perf_counter()
        loss = TORCH_LOSSES[name](h, w, g, u, y.long()) / shape.tokens
        loss.backward()
        seconds.append(time.perf_counter() - start)
    grown = process_bytes("VmHWM") - before
    sys.stdout.write(json.dumps([min(seconds), grown, loss.item()]))


def process_bytes(field: str) -> int:
    """Memory of this process, as Linux tells it: now (VmRSS), or at its peak (VmHWM)."""
    # The peak that getrusage has is the parent's where that one was larger.
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    (kib,) = (line.split()[1] for line in lines if line.startswith(f"{field}:"))
    return int(kib) * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--torch"]:
        torch_process(*sys.argv[2:])
    else:
        sys.exit(run(__doc__, measure))
