"""PV-YAML-007: merge-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class MergeKey(LoaderRule):
    """A merge key `<<` is used."""

    code = "PV-YAML-007"
    name = "merge-key"
    why = (
        "YAML 1.2 has no merge keys, and readers disagree about them; an entry should show all it "
        "says."
    )
    bad = GREEN.edit(CONTRACT, "  plain: {target", "  plain: {<<: {dtype: float32}, target")
    good = GREEN
