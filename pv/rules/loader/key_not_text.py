"""PV-YAML-012: key-not-text."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class KeyNotText(LoaderRule):
    """A list, a mapping or an alias stands as a key."""

    code = "PV-YAML-012"
    name = "key-not-text"
    why = "Keys are names; most often a formula in brackets lacks its quotation marks."
    bad = GREEN.edit(CONTRACT, "  absval:\n", "  ? [absval]\n  :\n")
    good = GREEN
