"""Distillation between vocabularies of different width: what is shared, proven from the tokens.

A logit axis is often wider than the tokenizer, padded to some multiple that changes from model to
model: large ones of Qwen2.5 have 152064 columns, small ones 151936, and all of them 151665 tokens.
Only ids that mean the same token on both sides can be compared.

Shapes: N positions, V shared ids; logits come at least that wide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import (
    check_labels,
    check_logits,
    check_shapes,
    check_temperature,
    refuse,
)
from aprender.losses.kd import kd_loss, tempered_log_softmax

GUARD = "FALSIFY-KD-F08"


@dataclass(frozen=True)
class VocabularyAlignment:
    """Ids [0, ``shared``) are the same tokens for teacher and student, whose logits are wider.

    Widths are those of the last axis of the logits. `align_vocabularies` makes one from two
    tokenizers. ValueError for widths below ``shared``, or nothing shared.
    """

    shared: int
    teacher_width: int
    student_width: int

    def __post_init__(self) -> None:
        if self.shared < 1:
            refuse(f"teacher and student share {self.shared} tokens", GUARD)
        for side, width in (("teacher", self.teacher_width), ("student", self.student_width)):
            if width < self.shared:
                refuse(f"{side} logits of width {width} hold no {self.shared} tokens", GUARD)

    def cut(
        self, student_logits: ArrayLike, teacher_logits: ArrayLike, labels: ArrayLike
    ) -> tuple[jax.Array, jax.Array]:
        """``student, teacher`` logits of the shared ids, [..., V].

        ValueError for logits of another width than was stated, and for a label at or beyond
        ``shared``: such a token the teacher does not know, or nobody does.
        """
        check_width("student_logits", student_logits, self.student_width)
        check_width("teacher_logits", teacher_logits, self.teacher_width)
        student, teacher = jnp.asarray(student_logits), jnp.asarray(teacher_logits)
        student, teacher = student[..., : self.shared], teacher[..., : self.shared]
        check_shapes(student, teacher, labels)
        check_labels(labels, vocabulary=self.shared)
        return student, teacher

    def dropped_mass(self, teacher_logits: ArrayLike, temperature: ArrayLike) -> jax.Array:
        """The teacher's probability of ids at and beyond ``shared``, which `cut` drops, [...].

        At the temperature of the loss, in float32 or wider. Large values mean that the teacher has
        more to say than the student can learn.
        """
        check_width("teacher_logits", teacher_logits, self.teacher_width)
        check_temperature(temperature)
        check_logits("teacher_logits", teacher_logits)
        dtype = jnp.promote_types(jnp.float32, jnp.result_type(teacher_logits))
        log_p = tempered_log_softmax(jnp.asarray(teacher_logits, dtype), temperature)
        return jnp.sum(jnp.exp(log_p[..., self.shared :]), axis=-1)


def align_vocabularies(
    teacher_tokens: Mapping[str, int],
    student_tokens: Mapping[str, int],
    *,
    teacher_width: int,
    student_width: int,
) -> VocabularyAlignment:
    """The alignment of two tokenizers given as token -> id, as `Tokenizer.get_vocab()` has them.

    The student's ids are 0 to n - 1, each the teacher's id of the same token. The teacher may have
    more tokens, which are dropped. ValueError for anything else: a smaller teacher, a foreign
    token, an id without a token or with two, logits narrower than the ids.
    """
    teacher = token_of_id("teacher", teacher_tokens, teacher_width)
    student = token_of_id("student", student_tokens, student_width)
    shared = len(student)
    if len(teacher) < shared:
        refuse(f"the teacher is smaller: {len(teacher)} tokens, the student has {shared}", GUARD)
    for i in range(shared):
        theirs, ours = teacher.get(i), student.get(i)
        if ours is None:
            refuse(f"the student has no token of id {i}, but {shared} tokens", GUARD)
        if theirs is None:
            refuse(f"the teacher has no token of id {i}, the student has {ours!r}", GUARD)
        if theirs != ours:
            pair = f"{theirs!r} of the teacher, {ours!r} of the student"
            refuse(f"the vocabularies are foreign to each other: id {i} is {pair}", GUARD)
    return VocabularyAlignment(shared, teacher_width, student_width)


def aligned_kd_loss(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
    alignment: VocabularyAlignment,
) -> jax.Array:
    """`kd_loss` over the shared ids of [N, student_width] and [N, teacher_width] logits.

    The teacher is cut before its softmax, so that its probabilities sum to 1 over what the student
    can say. Ids beyond carry no mass on either side, and their logits get a gradient of exactly 0.
    """
    student_NV, teacher_NV = alignment.cut(student_logits, teacher_logits, labels)
    return kd_loss(student_NV, teacher_NV, labels, temperature, kd_weight, ce_weight)


def token_of_id(side: str, tokens: Mapping[str, int], width: int) -> dict[int, str]:
    """The table the other way round; refuses ids outside [0, width), and one of two tokens."""
    found: dict[int, str] = {}
    for token, i in tokens.items():
        if not 0 <= i < width:
            refuse(f"{side} token {token!r} has id {i}, outside its {width} logits", GUARD)
        if i in found:
            refuse(f"{side} id {i} is used twice, for {found[i]!r} and {token!r}", GUARD)
        found[i] = token
    return found


def check_width(name: str, logits: ArrayLike, width: int) -> None:
    """Refuse logits whose last axis is not as wide as the alignment says."""
    shape = jnp.shape(logits)
    if not shape or shape[-1] != width:
        refuse(f"{name} have shape {shape}, not {width} on the last axis as was aligned", GUARD)
