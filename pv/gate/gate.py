"""The gate: validate, lint, run, status, one after the other, and the worst of their exit codes."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from pv.exit_code import ExitCode, UsageError, worst
from pv.gate.check import lint, scope_of, validate
from pv.report import json as report_json
from pv.report import text as report_text
from pv.rules.engine import Options
from pv.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one step ended. ``text`` holds its findings, and its denominators in the last line."""

    name: str
    exit_code: ExitCode
    text: str
    data: dict[str, Any]
    trace: str = ""
    """Where the step broke, when it did."""


def take(name: str, workspace: Workspace) -> Step:
    """Take one step; it always returns, so that a red step never hides the next one."""
    try:
        return STEPS[name](workspace)
    except UsageError as error:
        return _broken(name, ExitCode.USAGE, str(error))
    except Exception as error:
        step = _broken(name, ExitCode.INTERNAL, f"internal error: {error!r}")
        return replace(step, trace=traceback.format_exc())


def verdict(taken: Iterable[Step]) -> ExitCode:
    """The worst of the steps by 4 > 2 > 1 > 3 > 0."""
    return worst(step.exit_code for step in taken)


def as_data(taken: Iterable[Step]) -> dict[str, Any]:
    """The gate as plain data: each step with its own report."""
    taken = tuple(taken)
    return {
        "version": report_json.VERSION,
        "tool": report_json.TOOL,
        "steps": [
            {"name": step.name, "exit_code": int(step.exit_code), "report": step.data}
            for step in taken
        ],
        "exit_code": int(verdict(taken)),
    }


def _broken(name: str, code: ExitCode, message: str) -> Step:
    return Step(name=name, exit_code=code, text=f"{message}\n", data={"error": message})


def _validate(workspace: Workspace) -> Step:
    report = validate(workspace, workspace.contract_files(), scope_of(workspace), Options())
    return Step(
        name="validate",
        exit_code=report.exit_code,
        text=report_text.render(report),
        data=report_json.as_data(report),
    )


def _lint(workspace: Workspace) -> Step:
    report = lint(workspace, Options(strict_test_binding=True))
    return Step(
        name="lint",
        exit_code=report.exit_code,
        text=report_text.render(report),
        data=report_json.as_data(report),
    )


def _run(workspace: Workspace) -> Step:
    from pv.run.as_json import document
    from pv.run.runner import run
    from pv.run.scoreboard import text

    result = run(workspace.root)
    return Step(name="run", exit_code=result.exit_code, text=text(result), data=document(result))


def _status(workspace: Workspace) -> Step:
    from pv.gate.status import status
    from pv.report.status import as_data, text

    report = status(workspace)
    return Step(name="status", exit_code=report.exit_code, text=text(report), data=as_data(report))


# In the order in which they are taken.
STEPS: dict[str, Callable[[Workspace], Step]] = {
    "validate": _validate,
    "lint": _lint,
    "run": _run,
    "status": _status,
}
