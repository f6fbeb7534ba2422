"""Logits of two backends over the same tokens, and the gate's verdict on them.

Shapes: T positions of a call, P positions in all, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import jax
import numpy as np

from aprender.backend.device import label
from aprender.backend.distance import Logits
from aprender.backend.parity import MINIMUM_POSITIONS, ParityReport, compare
from aprender.backend.tolerance import FULL, Precision, tolerance_for

MINIMUM_PROMPTS = 4
GUARD = "FALSIFY-CPU-GPU-013"

Decoder: TypeAlias = Callable[[jax.Array], jax.Array]
"""Takes tokens [T] that follow those of its earlier calls, gives the logits [T, V] behind each."""


@dataclass(frozen=True, slots=True)
class Side:
    """A device, and how to begin a text on it: `start` gives a decoder that has seen nothing."""

    start: Callable[[jax.Device], Decoder]
    device: jax.Device


@dataclass(frozen=True, slots=True)
class Record:
    """What one side computed, and where each of its outputs stood."""

    logits_PV: Logits
    devices: frozenset[jax.Device]


def check_parity(
    reference: Side,
    candidate: Side,
    prompts: Sequence[Sequence[int]],
    *,
    positions: int = MINIMUM_POSITIONS,
    precision: Precision = FULL,
) -> ParityReport:
    """The gate's verdict on the candidate over so many positions behind each prompt.

    Both sides continue with the reference's arg-max, and multiply in the precision whose bound is
    applied. A candidate whose outputs stand on another device is rejected. Too few prompts or
    positions, and a precision without a bound, are ValueErrors.
    """
    tolerance = tolerance_for(precision)
    check_extent(prompts, positions)
    with jax.default_matmul_precision(precision.matmul):
        pairs = [recorded(reference, candidate, prompt, positions) for prompt in prompts]
    truth, found = (joined(side) for side in zip(*pairs, strict=True))
    report = compare(truth.logits_PV, found.logits_PV, tolerance, label(candidate.device))
    return located(report, found.devices, candidate.device)


def check_extent(prompts: Sequence[Sequence[int]], positions: int) -> None:
    """Refuse a record that is too short to say anything."""
    distinct = {tuple(prompt) for prompt in prompts}
    if len(distinct) < MINIMUM_PROMPTS or () in distinct:
        raise ValueError(
            f"{len(distinct)} different prompts: at least {MINIMUM_PROMPTS} are needed, and none "
            f"of them empty ({GUARD})"
        )
    if positions < MINIMUM_POSITIONS:
        raise ValueError(
            f"positions = {positions} behind each prompt: at least {MINIMUM_POSITIONS} are needed "
            f"({GUARD})"
        )


def recorded(
    reference: Side, candidate: Side, prompt: Sequence[int], positions: int
) -> tuple[Record, Record]:
    """Both sides behind a prompt and behind each token that the reference adds to it."""
    sides = (reference, candidate)
    decoders = [side.start(side.device) for side in sides]
    steps: list[list[Record]] = []
    tokens_T = np.asarray(prompt, np.int32)
    for _ in range(positions):
        steps.append([])
        for decoder, side in zip(decoders, sides, strict=True):
            logits_TV = decoder(jax.device_put(tokens_T, side.device))
            steps[-1].append(Record(np.asarray(logits_TV[-1:]), frozenset(logits_TV.devices())))
        tokens_T = steps[-1][0].logits_PV.argmax(axis=-1).astype(np.int32)
    truth, found = (joined(side) for side in zip(*steps, strict=True))
    return truth, found


def joined(records: Sequence[Record]) -> Record:
    """One record of all positions."""
    logits_PV = np.concatenate([record.logits_PV for record in records])
    return Record(logits_PV, frozenset().union(*(record.devices for record in records)))


def located(
    report: ParityReport, devices: frozenset[jax.Device], asked: jax.Device
) -> ParityReport:
    """The report with where the outputs stood: rejected where that is not the device asked for."""
    names = tuple(sorted(map(label, devices)))
    if devices == {asked}:
        return replace(report, devices=names)
    reason = f"its outputs stand on {' '.join(names)}"
    return replace(report, devices=names, reasons=(reason, *report.reasons))
