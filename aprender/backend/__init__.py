"""Which device computes, and whether what it computes is what the CPU computes.

Nothing here starts a backend of JAX before a device is asked for.
"""

from aprender.backend.admission import admitted, unchecked
from aprender.backend.device import select_device
from aprender.backend.messages import PathRejectedError
from aprender.backend.parity import ParityReport, compare
from aprender.backend.record import Side, check_parity

__all__ = [
    "ParityReport",
    "PathRejectedError",
    "Side",
    "admitted",
    "check_parity",
    "compare",
    "select_device",
    "unchecked",
]
