"""PROVABILITY-001: unprovable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, TEST
from pv.rules.schema.upstream import UPSTREAM

_FALSIFIERS = """\
- id: FALSIFY-ABS-001
  rule: never negative
  prediction: "f(x) >= 0"
  test: falsifiers/test_abs_v1.py::falsify_abs_001_never_negative
  if_fails: the sign survives
"""
_BLOCKS = ("falsification_tests", "proof_obligations", "implementations")


class Unprovable(ContractRule):
    """The contract has no falsifier, or fewer falsifiers than it has obligations.

    Obligations are asked of contracts without implementations, and weigh as warnings: the
    validator that shaped the corpus accepts a contract that owes nothing.
    """

    code = "PROVABILITY-001"
    name = "unprovable"
    why = (
        "A claim without a test that could refute it is an opinion. Upstream's contracts owe "
        "obligations too, and a falsifier for each."
    )
    bad = UPSTREAM.edit(CONTRACT, "falsification_tests:\n" + _FALSIFIERS, "").remove(TEST)
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Count; where entries were refused there is nothing to count."""
        if not all(loaded.document.is_whole(block) for block in _BLOCKS):
            return
        tests, owed = len(contract.falsification_tests), len(contract.proof_obligations)
        if not tests:
            yield self._lacks(loaded, "falsification_tests", "the contract has no falsifier")
        elif not contract.implementations and not owed:
            yield self._owes(loaded, "proof_obligations", "the contract has no obligation")
        elif not contract.implementations and tests < owed:
            message = f"{owed} obligations, and falsifiers for no more than {tests} of them"
            yield self._owes(loaded, "falsification_tests", message)

    def _lacks(self, loaded: LoadedContract, block: str, message: str) -> Finding:
        return self.at(loaded, (block,), message, key=True, suggestion=f"add `{block}`")

    def _owes(self, loaded: LoadedContract, block: str, message: str) -> Finding:
        return replace(self._lacks(loaded, block, message), severity=Severity.WARNING)
