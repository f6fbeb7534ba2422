"""PV-YAML-008: yaml-tag."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class YamlTag(LoaderRule):
    """A value or key has a tag (`!name`)."""

    code = "PV-YAML-008"
    name = "yaml-tag"
    why = (
        "A tag makes a reader build something other than the text shows; usually the text just "
        "begins with an exclamation mark and lacks its quotation marks."
    )
    bad = GREEN.edit(CONTRACT, '"x real"', "!real x")
    good = GREEN
