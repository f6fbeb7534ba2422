"""Limits: a fault that allocates without bound must not take the machine with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HEADROOM = 4 << 30
_STATUS = Path("/proc/self/status")


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let this process allocate a few GiB more than it has, where the system can tell (Linux)."""
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    used = _data_size()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if used is None:
        yield
        return
    wanted = used + _HEADROOM if hard == resource.RLIM_INFINITY else min(used + _HEADROOM, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_size() -> int | None:
    with suppress(OSError, ValueError):
        for line in _STATUS.read_text("ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return None
