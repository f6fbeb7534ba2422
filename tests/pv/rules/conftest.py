"""The examples of the rules are judged on one day, so that they read the same on every other."""

from __future__ import annotations

import pytest

from pv.contract import clock
from pv.rules.schema.waived import DAY


@pytest.fixture(autouse=True)
def _day_of_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
