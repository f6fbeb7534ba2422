"""Clock: the one place that says which day it is; no option changes it."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """The day, in UTC: the same one for everybody who judges a commit."""
    return datetime.now(UTC).date()
