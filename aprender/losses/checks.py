"""Refusals shared by the distillation losses: what a loss does not accept, it names.

Shapes and dtypes are known while JAX traces and are always checked. Values are checked on the
host, so only where the argument is concrete: a caller that jits a loss checks its batch with these
functions before dispatch. Every refusal is a ValueError, or a TypeError for a wrong dtype.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from aprender.losses.labels import IGNORED_LABEL

GUARD = "FALSIFY-APR-DISTILL-TRAIN-014"

# Room for two weights that were each rounded to float32 before they are added.
WEIGHT_SUM_TOLERANCE = 1e-6

HostArray: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def check_kd_arguments(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
) -> None:
    """Refuse what no distillation loss accepts; logits [..., V], labels [...], the rest scalars."""
    check_shapes(student_logits, teacher_logits, labels)
    check_temperature(temperature)
    check_weights(kd_weight, ce_weight)
    check_logits("student_logits", student_logits)
    check_logits("teacher_logits", teacher_logits)
    check_labels(labels, vocabulary=jnp.shape(student_logits)[-1])


def check_shapes(student_logits: ArrayLike, teacher_logits: ArrayLike, labels: ArrayLike) -> None:
    """Refuse two vocabularies or batches of different size, and a batch that is empty."""
    student, teacher = jnp.shape(student_logits), jnp.shape(teacher_logits)
    if student != teacher:
        refuse(f"teacher_logits have shape {teacher}, not {student} as student_logits have")
    if jnp.shape(labels) != student[:-1]:
        refuse(f"labels have shape {jnp.shape(labels)}, not {student[:-1]} as student_logits have")
    if 0 in student:
        refuse(f"student_logits are empty: shape {student}")


def check_rank(student_logits: ArrayLike, axes: str) -> None:
    """Refuse logits with another number of axes than `axes` has letters, such as 'BTV'."""
    if jnp.ndim(student_logits) != len(axes):
        refuse(f"student_logits have shape {jnp.shape(student_logits)}, not [{', '.join(axes)}]")


def check_temperature(temperature: ArrayLike) -> None:
    """Refuse a temperature that is not one finite number above zero."""
    value = scalar_on_host("temperature", temperature)
    if value is not None and not (np.isfinite(value) and value > 0):
        refuse(f"temperature = {value} is not finite and above 0")


def check_weights(kd_weight: ArrayLike, ce_weight: ArrayLike) -> None:
    """Refuse weights outside [0, 1], and weights that do not sum to 1."""
    kd = scalar_on_host("kd_weight", kd_weight)
    ce = scalar_on_host("ce_weight", ce_weight)
    for name, value in (("kd_weight", kd), ("ce_weight", ce)):
        if value is not None and not 0 <= value <= 1:
            refuse(f"{name} = {value} is outside [0, 1]")
    if kd is not None and ce is not None and abs(kd + ce - 1) > WEIGHT_SUM_TOLERANCE:
        refuse(f"kd_weight = {kd} and ce_weight = {ce} do not sum to 1")


def check_logits(name: str, logits: ArrayLike) -> None:
    """Refuse NaN, +inf and rows without a finite logit; -inf masks a token and is welcome."""
    dtype = jnp.result_type(logits)
    if not jnp.issubdtype(dtype, jnp.floating):
        raise TypeError(f"{name} have dtype {dtype}, not a floating one ({GUARD})")
    host = on_host(logits)
    if host is None:
        return
    refuse_first(name, host, np.isnan(host) | (host == np.inf), "is not a logit")
    refuse_first(name, host, (host == -np.inf).all(axis=-1), "mask the whole vocabulary")


def check_labels(labels: ArrayLike, vocabulary: int) -> None:
    """Refuse labels that are neither a token id in [0, vocabulary) nor IGNORED_LABEL."""
    dtype = jnp.result_type(labels)
    if not jnp.issubdtype(dtype, jnp.integer):
        raise TypeError(f"labels have dtype {dtype}, not an integer one ({GUARD})")
    host = on_host(labels)
    if host is None:
        return
    outside = (host != IGNORED_LABEL) & ((host < 0) | (host >= vocabulary))
    refuse_first("labels", host, outside, f"is outside the vocabulary [0, {vocabulary})")


def check_some_kept(labels: ArrayLike) -> None:
    """Refuse labels without a kept position: the mean over nothing is not a loss."""
    host = on_host(labels)
    if jnp.size(labels) == 0 or (host is not None and (host == IGNORED_LABEL).all()):
        refuse("labels keep no position to train on")


def on_host(value: ArrayLike) -> HostArray | None:
    """The value as a NumPy array, or None while JAX traces it."""
    return None if isinstance(value, jax.core.Tracer) else np.asarray(value)


def scalar_on_host(name: str, value: ArrayLike) -> float | None:
    """As on_host, for an argument that has to be a single number."""
    if jnp.shape(value) != ():
        refuse(f"{name} has shape {jnp.shape(value)}, not that of a single number")
    host = on_host(value)
    return None if host is None else float(host)


def refuse_first(
    name: str, host: HostArray, bad: HostArray, reason: str, guard: str = GUARD
) -> None:
    """Refuse the first position where `bad` holds; `bad` may leave out trailing axes of `host`."""
    positions = np.argwhere(bad)
    if len(positions):
        position = tuple(positions[0].tolist())
        shown = f" = {host[position]}" if bad.ndim == host.ndim else ""
        refuse(f"{name}{list(position)}{shown} {reason}", guard)


def refuse(reason: str, guard: str = GUARD) -> NoReturn:
    """Raise with the falsifier that guards the refusal."""
    raise ValueError(f"{reason} ({guard})")
