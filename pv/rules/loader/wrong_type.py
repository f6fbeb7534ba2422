"""PV-TYPE-001: wrong-type."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class WrongType(LoaderRule):
    """A value has the wrong type."""

    code = "PV-TYPE-001"
    name = "wrong-type"
    why = (
        "Text where a number belongs (or the reverse) would be read as something else, or not at "
        "all."
    )
    bad = GREEN.edit(CONTRACT, '["f(x) >= 0"]', '{"f(x)": 0}')
    good = GREEN
