"""PV-YAML-002: yaml-syntax."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class YamlSyntax(LoaderRule):
    """The file is not YAML."""

    code = "PV-YAML-002"
    name = "yaml-syntax"
    why = "Nothing can be judged in a file that cannot be parsed."
    bad = GREEN.edit(CONTRACT, '"f(x) = |x|"', "`f(x) = |x|`")
    good = GREEN
