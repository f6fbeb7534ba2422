"""SCHEMA-008: prediction-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT
from pv.rules.schema.base import EmptyTextRule, Entry
from pv.rules.schema.upstream import UPSTREAM


class PredictionEmpty(EmptyTextRule):
    """A falsifier has an empty prediction."""

    code = "SCHEMA-008"
    name = "prediction-empty"
    why = "What predicts nothing cannot be refuted."
    bad = UPSTREAM.edit(CONTRACT, 'prediction: "f(x) >= 0"', 'prediction: ""')
    good = UPSTREAM

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each prediction."""
        for i, falsifier in enumerate(contract.falsification_tests):
            yield ("falsification_tests", i, "prediction"), falsifier.prediction
