"""PV-COV-004: covers-absent."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN, TEST
from pv.rules.project import Project

_SECOND = """\
- id: FALSIFY-ABS-002
  rule: even
  prediction: f(-x) = f(x)
  test: falsifiers/test_abs_v1.py::falsify_abs_002_even
  if_fails: the sign survives
"""


class CoversAbsent(Rule):
    """A test asks for an implementation, and its falsifier covers no equation."""

    code = "PV-COV-004"
    name = "covers-absent"
    why = (
        "The fixture `implementation` runs through the implementations of the covered equations. "
        "Without any there is no cell, and the test would never run."
    )
    bad = GREEN.edit(
        CONTRACT,
        "mutants:\n- id",
        _SECOND + "mutants:\n- id",
    ).append(
        TEST,
        "\n\ndef falsify_abs_002_even(implementation):\n"
        "    assert implementation(x=-2) == implementation(x=2)\n",
    )
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Look at falsifiers without cells whose test takes ``implementation``."""
        for binding in project.bindings:
            function, contract = binding.function, binding.loaded.contract
            if function is None or contract is None or "implementation" not in function.parameters:
                continue
            if not binding.loaded.is_intact("equations", "falsification_tests"):
                continue
            if not contract.covered_by(binding.falsifier):
                yield self.finding(
                    f"{binding.falsifier.id}: its test takes `implementation`, and it covers no "
                    "equation that has one",
                    binding.loaded.document.location(binding.where),
                    subject=binding.falsifier.id,
                    suggestion="add `covers`, and `implementations` to the covered equation",
                )
