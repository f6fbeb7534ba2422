"""The gate: are the logits of an accelerated backend those of the reference?

Shapes: P positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from aprender.backend.distance import (
    Float64s,
    Logits,
    cosines,
    divergence,
    gaps,
    relative_l2,
)
from aprender.backend.messages import PARITY, path_rejected
from aprender.backend.tolerance import Tolerance

MINIMUM_POSITIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found over all positions."""

    rel_l2: float
    """The largest."""

    kl: float
    """The largest, in nats."""

    cosine: float
    """The smallest; it is reported and never judged, for it is blind to a constant factor."""

    exempt: int
    """Positions where the reference's two largest logits lie within 2 tau."""

    flipped: int
    """Positions that are not exempt and have another arg-max."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """The verdict on one backend with everything that it rests on."""

    backend: str
    positions: int
    tolerance: Tolerance
    measured: Measured | None = None
    """None where the record could not be measured."""

    reasons: tuple[str, ...] = ()
    """Why it is rejected; empty where it is accepted."""

    devices: tuple[str, ...] = ()
    """Where its outputs stood, if they were recorded and not given."""

    @property
    def is_accepted(self) -> bool:
        """True where it was measured and nothing speaks against it."""
        return self.measured is not None and not self.reasons

    def line(self, outcome: str) -> str:
        """Why it is rejected and what comes of it, in one line."""
        return path_rejected(PARITY, self.backend, self.reasons, outcome)


def compare(
    reference_PV: Logits, candidate_PV: Logits, tolerance: Tolerance, backend: str
) -> ParityReport:
    """Judge the candidate's logits: accepted where each position is within every bound.

    What cannot be measured is rejected: too few positions, other shapes, NaN, constant logits.
    """
    report = ParityReport(backend=backend, positions=len(reference_PV), tolerance=tolerance)
    if reasons := tuple(unmeasurable(reference_PV, candidate_PV)):
        return replace(report, reasons=reasons)
    is_exempt_P = gaps(reference_PV) <= 2 * tolerance.tau
    is_other_P = reference_PV.argmax(axis=-1) != candidate_PV.argmax(axis=-1)
    rel_l2_P = relative_l2(reference_PV, candidate_PV)
    kl_P = divergence(reference_PV, candidate_PV)
    measured = Measured(
        rel_l2=float(rel_l2_P.max()),
        kl=float(kl_P.max()),
        cosine=float(cosines(reference_PV, candidate_PV).min()),
        exempt=int(is_exempt_P.sum()),
        flipped=int((is_other_P & ~is_exempt_P).sum()),
    )
    reasons = (
        *above("rel_l2", rel_l2_P, tolerance.rel_l2),
        *above("kl", kl_P, tolerance.kl),
        *miscounted(measured, report.positions, tolerance),
    )
    return replace(report, measured=measured, reasons=reasons)


def unmeasurable(reference_PV: Logits, candidate_PV: Logits) -> Iterator[str]:
    """Why there is nothing to measure."""
    if reference_PV.shape != candidate_PV.shape or reference_PV.ndim != 2:
        yield f"logits have shape {candidate_PV.shape}, and the reference's {reference_PV.shape}"
        return
    positions, vocabulary = reference_PV.shape
    if vocabulary < 2:
        yield f"a vocabulary of {vocabulary} has no second logit"
        return
    if positions < MINIMUM_POSITIONS:
        yield f"{positions} positions are fewer than {MINIMUM_POSITIONS}"
    for name, logits_PV in (("logits", candidate_PV), ("the reference's logits", reference_PV)):
        for p, logits_V in enumerate(logits_PV):
            if not np.isfinite(logits_V).all():
                yield f"{name} are not finite at position {p}"
                break
            if (logits_V == logits_V[0]).all():
                yield f"{name} are all the same at position {p}"
                break


def above(name: str, values_P: Float64s, bound: float) -> Iterator[str]:
    """The worst position where it is not within the bound; NaN is not."""
    if not (values_P <= bound).all():
        worst = int(np.argmax(values_P))
        yield f"{name} {values_P[worst]:.3e} is above {bound:.3e} at position {worst}"


def miscounted(measured: Measured, positions: int, tolerance: Tolerance) -> Iterator[str]:
    """Too many positions with another arg-max, or too many that are exempt."""
    if measured.flipped:
        yield (
            f"arg-max differs at {measured.flipped} of {positions} positions where the reference's "
            f"gap is above {2 * tolerance.tau:.3e}"
        )
    if measured.exempt > tolerance.max_exempt * positions:
        yield (
            f"{measured.exempt} of {positions} positions are exempt, more than "
            f"{tolerance.max_exempt:.0%}"
        )
