"""A result as JSON, version 1: a pure function of the result, the same bytes for the same run."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pv.run.outcome import CellResult, FalsifierResult, RunResult

VERSION = 1


def render(result: RunResult) -> str:
    """The whole result as indented JSON."""
    return json.dumps(document(result), indent=2, ensure_ascii=False) + "\n"


def document(result: RunResult) -> dict[str, Any]:
    """The whole result as plain data."""
    return {
        "version": VERSION,
        "exit_code": int(result.exit_code),
        "backend": result.backend,
        "partial": result.is_partial,
        "denominators": asdict(result.denominators),
        "falsifiers": [_falsifier(falsifier) for falsifier in result.falsifiers],
        "findings": [finding.as_data() for finding in result.findings],
        "declined": list(result.declined),
        "failures": [{"title": title, "text": text} for title, text in result.failures],
    }


def _falsifier(result: FalsifierResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "contract": result.contract,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "cells": [_cell(cell) for cell in result.cells],
    }


def _cell(result: CellResult) -> dict[str, Any]:
    return {
        "implementation": result.cell.implementation,
        "backend": result.cell.backend,
        "dtype": result.cell.dtype,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "cases": result.cases,
        "executed": result.executed,
        "asserted": result.asserted,
        "seconds": result.seconds,
    }
