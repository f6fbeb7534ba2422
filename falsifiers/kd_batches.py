"""Distillation batches from a falsifier's parameters, and an implementation's answer to them.

Shapes: C independent cases of one shape, N rows, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import DTypeLike, NDArray

from falsifiers.oracles.kd import IGNORED

Array = NDArray[Any]
Params = Mapping[str, Any]
Evaluate = Callable[["Batches"], tuple[Array, Array]]


@dataclass(frozen=True)
class Batches:
    """C batches in the dtype under test, so that the oracle reads the very same numbers."""

    student: Array  # [C, N, V]
    teacher: Array  # [C, N, V]
    labels: Array  # [C, N]
    temperature: Array  # [C]
    kd_weight: Array  # [C]
    ce_weight: Array  # [C]

    def arrays(self) -> tuple[Array, ...]:
        """The fields in the order of the equation's signature."""
        return (
            self.student,
            self.teacher,
            self.labels,
            self.temperature,
            self.kd_weight,
            self.ce_weight,
        )

    def __iter__(self) -> Iterator[tuple[Array, Array, Array, float, float, float]]:
        """One case after the other, as the oracles take it."""
        for student, teacher, labels, t, kd, ce in zip(*self.arrays(), strict=True):
            yield student, teacher, labels, float(t), float(kd), float(ce)


def random_batches(params: Params, dtype: DTypeLike) -> Iterator[Batches]:
    """`cases` batches in all, for one of the `shapes` [N, V] after the other.

    The shape comes first, so that edge sizes are met. Each case draws its own logit scale and
    temperature log-uniformly and its weight uniformly, from [low, high]; logits are uniform in
    +-scale. A quarter of the rows is ignored, but never the first.
    """
    rng = np.random.default_rng(params["seed"])
    parts = np.array_split(np.arange(params["cases"]), len(params["shapes"]))
    for (rows, vocabulary), part in zip(params["shapes"], parts, strict=True):
        cases = len(part)
        scale_C11 = _log_uniform(rng, params["logit_scales"], cases)[:, None, None]
        student_CNV, teacher_CNV = scale_C11 * rng.uniform(-1, 1, (2, cases, rows, vocabulary))
        labels_CN = rng.integers(0, vocabulary, (cases, rows))
        labels_CN[:, 1:][rng.random((cases, rows - 1)) < 1 / 4] = IGNORED
        low, high = params["kd_weights"]
        kd_weight_C = rng.uniform(low, high, cases).astype(dtype)
        yield Batches(
            student=student_CNV.astype(dtype),
            teacher=teacher_CNV.astype(dtype),
            labels=labels_CN.astype(np.int32),
            temperature=_log_uniform(rng, params["temperatures"], cases).astype(dtype),
            kd_weight=kd_weight_C,
            ce_weight=1 - kd_weight_C,
        )


def pinned_batch(params: Params, dtype: DTypeLike, kd_weight: float) -> Batches:
    """The single row that the parameters spell out, as one case."""
    return Batches(
        student=np.array([[params["student"]]], dtype),
        teacher=np.array([[params["teacher"]]], dtype),
        labels=np.array([[params["label"]]], np.int32),
        temperature=np.array([params["temperature"]], dtype),
        kd_weight=np.array([kd_weight], dtype),
        ce_weight=np.array([1 - kd_weight], dtype),
    )


def compiled(implementation: Callable[..., jax.Array]) -> Evaluate:
    """A function of batches that returns losses [C] and student gradients [C, N, V].

    It compiles once for each shape and dtype; make one per falsifier, and not one per session, so
    that each falsifier enters the implementation itself.
    """

    def loss(
        student: jax.Array, teacher: jax.Array, labels: jax.Array, *scalars: jax.Array
    ) -> jax.Array:
        temperature, kd_weight, ce_weight = scalars
        return implementation(
            student_logits=student,
            teacher_logits=teacher,
            labels=labels,
            temperature=temperature,
            kd_weight=kd_weight,
            ce_weight=ce_weight,
        )

    loss_and_gradient = jax.jit(jax.vmap(jax.value_and_grad(loss)))

    def evaluate(batches: Batches) -> tuple[Array, Array]:
        with jax.enable_x64(batches.student.dtype == np.float64):
            losses_C, gradients_CNV = loss_and_gradient(*batches.arrays())
            return np.asarray(losses_C), np.asarray(gradients_CNV)

    return evaluate


def _log_uniform(rng: np.random.Generator, bounds: Sequence[float], cases: int) -> Array:
    low, high = np.log(bounds)
    drawn_C: Array = np.exp(rng.uniform(low, high, cases))
    return drawn_C
