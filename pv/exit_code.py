"""The exit codes of ``pv``, the same in every output format."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command tells its caller."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_JUDGED = 3
    INTERNAL = 4


# A decline (3) never hides a finding (1); a broken tool hides nothing.
_WORST_FIRST = (
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.FINDINGS,
    ExitCode.NOTHING_JUDGED,
    ExitCode.CLEAN,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the worst of ``codes`` by 4 > 2 > 1 > 3 > 0; no codes at all judged nothing."""
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.NOTHING_JUDGED)


class UsageError(Exception):
    """The command cannot start: a bad flag, path or configuration (exit 2)."""
