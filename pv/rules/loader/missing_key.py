"""PV-KEY-001: missing-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT
from pv.rules.schema.upstream import UPSTREAM


class MissingKey(LoaderRule):
    """A required key is missing."""

    code = "PV-KEY-001"
    name = "missing-key"
    why = "Without its required keys an entry says too little to be judged."
    bad = UPSTREAM.edit(CONTRACT, "  if_fails: the sign survives\n", "")
    good = UPSTREAM
