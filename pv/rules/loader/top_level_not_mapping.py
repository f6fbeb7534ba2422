"""PV-YAML-005: top-level-not-mapping."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class TopLevelNotMapping(LoaderRule):
    """The top level is a list or a single value."""

    code = "PV-YAML-005"
    name = "top-level-not-mapping"
    why = (
        "A contract is a mapping of blocks; anything else is another kind of file in the wrong "
        "place."
    )
    bad = GREEN.write(CONTRACT, "- absval\n")
    good = GREEN
