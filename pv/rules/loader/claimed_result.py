"""PV-KEY-006: claimed-result."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class ClaimedResult(LoaderRule):
    """A falsifier carries a result that was typed by hand."""

    code = "PV-KEY-006"
    name = "claimed-result"
    why = (
        "Typed results are how upstream promoted contracts whose tests did not exist; `pv status` "
        "computes them."
    )
    bad = GREEN.edit(CONTRACT, "  covers: ", "  discharge_status: DISCHARGED\n  covers: ")
    good = GREEN
