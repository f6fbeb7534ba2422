"""What becomes of a run whose backend the gate has judged, or was told not to judge."""

from __future__ import annotations

from dataclasses import dataclass

import jax

from aprender.backend.device import label
from aprender.backend.messages import PathRejectedError, announce, path_unchecked
from aprender.backend.parity import ParityReport

VALID = "VALID"
INVALID = "INVALID-CORRECTNESS"
"""The mark of a run whose results may be wrong, and may not be compared with others."""

GUARD = "FALSIFY-CPU-GPU-014"


@dataclass(frozen=True, slots=True)
class Admission:
    """The device that the run takes, and the mark that its results bear."""

    device: jax.Device
    validity: str


def admitted(report: ParityReport, device: jax.Device, asked: str) -> Admission:
    """The device whose report this is, where it is accepted.

    Where it is rejected, a run that was `asked` for "auto" continues on the CPU, and says so; one
    that named a device ends with `PathRejectedError`.
    """
    if report.is_accepted:
        return Admission(device, VALID)
    if asked != "auto":
        outcome = f"{asked} was asked for by name, so nothing else is taken ({GUARD})"
        raise PathRejectedError(report.line(outcome))
    cpu = jax.local_devices(backend="cpu")[0]
    announce(report.line(f"auto continues on {label(cpu)}"))
    return Admission(cpu, VALID)


def unchecked(device: jax.Device) -> Admission:
    """The device without a check of parity: told to the user, and marked in every result."""
    announce(path_unchecked(label(device), INVALID))
    return Admission(device, INVALID)
