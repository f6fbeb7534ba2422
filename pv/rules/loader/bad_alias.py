"""PV-YAML-009: bad-alias."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class BadAlias(LoaderRule):
    """An alias (`*name`) contains itself, names nothing, or expands to too much data."""

    code = "PV-YAML-009"
    name = "bad-alias"
    why = (
        "Self-reference has no finite value, and nested aliases can fill the memory from a few "
        "lines. Usually the text just begins with an asterisk and lacks its quotation marks."
    )
    bad = GREEN.edit(CONTRACT, '"x real"', "*real")
    good = GREEN
