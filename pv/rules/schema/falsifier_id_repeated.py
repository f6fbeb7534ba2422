"""SCHEMA-007: falsifier-id-repeated."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT
from pv.rules.schema.base import Entry, RepeatedTextRule
from pv.rules.schema.upstream import UPSTREAM

_SECOND = """\
- id: FALSIFY-ABS-001
  rule: even
  prediction: "f(-x) = f(x)"
  test: falsifiers/test_abs_v1.py::falsify_abs_001_never_negative
  if_fails: the sign matters
kani_harnesses:
"""


class FalsifierIdRepeated(RepeatedTextRule):
    """Two falsifiers of one contract have the same id."""

    code = "SCHEMA-007"
    name = "falsifier-id-repeated"
    why = "Evidence is filed by id: one of the two would pass for the other."
    bad = UPSTREAM.edit(CONTRACT, "kani_harnesses:\n", _SECOND)
    good = UPSTREAM

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each id."""
        for i, falsifier in enumerate(contract.falsification_tests):
            yield ("falsification_tests", i, "id"), falsifier.id
