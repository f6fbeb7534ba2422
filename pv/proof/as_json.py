"""A proof as JSON, version 1: a pure function of the result."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pv.proof.outcome import Judgement, ProofResult

VERSION = 1


def render(result: ProofResult) -> str:
    """The whole result as indented JSON."""
    return json.dumps(document(result), indent=2, ensure_ascii=False) + "\n"


def document(result: ProofResult) -> dict[str, Any]:
    """The whole result as plain data."""
    return {
        "version": VERSION,
        "exit_code": int(result.exit_code),
        "backend": result.backend,
        "seconds": result.seconds,
        "denominators": asdict(result.denominators),
        "by_contract": {name: asdict(counts) for name, counts in result.by_contract.items()},
        "proven": sorted(result.proven),
        "shortfalls": {key: list(missing) for key, missing in result.shortfalls.items()},
        "waived": [asdict(waived) for waived in result.waived],
        "replayed_because": dict(result.why),
        "judgements": [_judgement(judgement) for judgement in result.judgements],
        "findings": [finding.as_data() for finding in result.findings],
        "leftovers": list(result.leftovers),
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        **asdict(judgement),
        "is_extreme": judgement.is_extreme,
        "verdict": judgement.verdict.value,
    }
