"""Arguments of the fused loss: refused by name, or brought to one list of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_labels, check_logits, check_temperature, refuse
from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.top_k import TopK, check_top_k

AnyTeacher: TypeAlias = LinearHead | TopK | ArrayLike


def check_head(name: str, head: LinearHead) -> None:
    """Refuse shapes that do not belong together, integers, and a softcap that is not above 0."""
    hidden, weight = jnp.shape(head.hidden), jnp.shape(head.weight)
    if len(weight) != 2 or len(hidden) < 1 or hidden[-1] != weight[1]:
        refuse(f"{name}: hidden has shape {hidden} and weight {weight}, not [..., D] and [V, D]")
    if head.bias is not None and jnp.shape(head.bias) != weight[:1]:
        refuse(f"{name}: bias has shape {jnp.shape(head.bias)}, not {weight[:1]}")
    if 0 in (*hidden, *weight):
        refuse(f"{name} is empty: hidden has shape {hidden} and weight {weight}")
    for field, array in (("hidden", head.hidden), ("weight", head.weight), ("bias", head.bias)):
        if array is not None and not jnp.issubdtype(jnp.result_type(array), jnp.floating):
            raise TypeError(f"{name}: {field} has dtype {array.dtype}, not a floating one")
    if head.softcap is not None and not head.softcap > 0:
        refuse(f"{name}: softcap = {head.softcap} is not above 0")


def check_rows(
    student: LinearHead,
    teacher: AnyTeacher,
    labels: ArrayLike,
    temperature: ArrayLike,
    vocabulary: int | None,
) -> None:
    """Refuse labels and a teacher that do not fit the student's positions and vocabulary."""
    check_head("student", student)
    rows = jnp.shape(student.hidden)[:-1]
    tokens = student.vocabulary if vocabulary is None else vocabulary
    if not 1 <= tokens <= student.vocabulary:
        refuse(f"vocabulary = {tokens} is outside [1, {student.vocabulary}], the student's logits")
    if jnp.shape(labels) != rows:
        refuse(f"labels have shape {jnp.shape(labels)}, not {rows} as the student's hidden has")
    check_labels(labels, vocabulary=tokens)
    check_temperature(temperature)
    if isinstance(teacher, TopK):
        check_top_k(teacher, rows, tokens, temperature)
        return
    if isinstance(teacher, LinearHead):
        check_head("teacher", teacher)
        shape = (*jnp.shape(teacher.hidden)[:-1], teacher.vocabulary)
    else:
        check_logits("teacher_logits", teacher)
        shape = jnp.shape(teacher)
    # A wider teacher is cut only where the caller says how many ids are shared.
    fits = shape[-1] == tokens if vocabulary is None else shape[-1] >= tokens
    if shape[:-1] != rows or not fits:
        refuse(f"teacher's logits have shape {shape}, not {(*rows, tokens)} as the student's have")


def as_rows(
    student: LinearHead, teacher: AnyTeacher, labels: ArrayLike
) -> tuple[LinearHead, AnyTeacher, jax.Array]:
    """The same with all leading axes made one: hidden [N, D], labels [N] and so on."""

    def flat(array: ArrayLike) -> jax.Array:
        array = jnp.asarray(array)
        return array.reshape(-1, array.shape[-1])

    if isinstance(teacher, TopK):
        teacher = replace(
            teacher,
            ids=flat(teacher.ids),
            logits=flat(teacher.logits),
            log_tail=jnp.reshape(teacher.log_tail, -1),
        )
    elif isinstance(teacher, LinearHead):
        teacher = replace(teacher, hidden=flat(teacher.hidden))
    else:
        teacher = flat(teacher)
    return replace(student, hidden=flat(student.hidden)), teacher, jnp.reshape(labels, -1)
