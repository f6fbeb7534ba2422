"""PV-PAR-004: param-not-plain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pv.contract.document import DataPath, LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class ParamNotPlain(ContractRule):
    """A parameter is not a finite number, a text, a truth value or a list of these."""

    code = "PV-PAR-004"
    name = "param-not-plain"
    why = (
        "Parameters are typed numbers and names that a test reads and evidence is keyed by; null, "
        "infinity and mappings are neither."
    )
    bad = GREEN.edit(CONTRACT, "largest: 3", "largest: .inf")
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Check each parameter of each falsifier."""
        for i, falsifier in enumerate(contract.falsification_tests):
            for name, value in (falsifier.params or {}).items():
                path = ("falsification_tests", i, "params", name)
                for bad_path, found in _not_plain(value, path):
                    message = f"parameter {name!r} holds {found}"
                    suggestion = "write a finite number, a text, true, false, or a list of these"
                    yield self.at(loaded, bad_path, message, suggestion=suggestion)


def _not_plain(value: Any, path: DataPath) -> Iterator[tuple[DataPath, str]]:
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _not_plain(item, (*path, i))
    elif value is None:
        yield path, "null"
    elif isinstance(value, dict):
        yield path, "a mapping"
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "a number that is not finite"
