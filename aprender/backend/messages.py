"""What is said when a device or its results are not taken: one shape, from one place."""

from __future__ import annotations

import logging
from collections.abc import Sequence

PARITY = "apr-cpu-vs-gpu-output-parity-v1"
"""The contract of what is computed on an accelerator."""

_LOG = logging.getLogger("aprender.backend")


class PathRejectedError(RuntimeError):
    """A backend that was asked for by name cannot be taken; there is no other in its place."""


def path_rejected(contract: str, backend: str, reasons: Sequence[str], outcome: str) -> str:
    """One line: the contract, the backend, every reason, and what comes of it."""
    line = f"[{contract}] {backend} path rejected: {', '.join(reasons)}; {outcome}"
    return " ".join(line.split())


def path_unchecked(backend: str, validity: str) -> str:
    """One line for a backend whose results nobody compared, on purpose."""
    return f"override: [{PARITY}] {backend} path not checked; this run is {validity}"


def announce(line: str) -> None:
    """Tell the user: a warning, which Python prints to stderr where no logging is configured."""
    _LOG.warning("%s", line)
