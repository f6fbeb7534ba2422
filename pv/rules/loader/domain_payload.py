"""PV-KEY-005: domain-payload."""

from __future__ import annotations

from pv.finding import Severity
from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class DomainPayload(LoaderRule):
    """A table that other code reads stands among the blocks of the contract."""

    code = "PV-KEY-005"
    name = "domain-payload"
    severity = Severity.WARNING
    why = "`pv` does not read it; under an `x-` key that can be seen."
    bad = GREEN.append(CONTRACT, "architectures: {llama: {}}\n")
    good = GREEN
