"""PV-YAML-011: unprintable-character."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class UnprintableCharacter(LoaderRule):
    """The file contains a control character."""

    code = "PV-YAML-011"
    name = "unprintable-character"
    why = "What cannot be seen cannot be reviewed; YAML does not allow these characters."
    bad = GREEN.edit(CONTRACT, "never negative", "never\0negative")
    good = GREEN
