"""The gate: every check of a project, one after the other, and the worst of their exit codes."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pv.exit_code import ExitCode, UsageError, worst
from pv.gate.check import lint, scope_of, validate
from pv.git import head
from pv.report import json as report_json
from pv.report import text as report_text
from pv.report.model import Report
from pv.rules.engine import Options as LintOptions
from pv.workspace import Workspace

if TYPE_CHECKING:
    from pv.proof.prove import OnProgress

_HEAD = "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the gate is asked for."""

    base: str = ""
    """Commit that nothing may be weaker than; HEAD without one."""
    require_live: bool = False
    """A world that is absent is a decline (exit 3)."""
    workers: int = 0
    """Number of processes; 0 is one for each core."""
    on_progress: OnProgress | None = None
    """Told how far the proof is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one step ended. ``text`` holds its findings, and its denominators in the last line."""

    name: str
    exit_code: ExitCode
    text: str
    data: dict[str, Any]
    trace: str = ""
    """Where the step broke, when it did."""
    seconds: float = 0.0


def take(name: str, workspace: Workspace, options: Options) -> Step:
    """Take one step; it always returns, so that a red step never hides the next one."""
    began = time.monotonic()
    step = _take(name, workspace, options)
    return replace(step, seconds=round(time.monotonic() - began, 3))


def slowest(taken: Iterable[Step]) -> list[Step]:
    """The steps by how long they took, the longest first."""
    return sorted(taken, key=lambda step: -step.seconds)


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
            {
                "name": step.name,
                "exit_code": int(step.exit_code),
                "seconds": step.seconds,
                "report": step.data,
            }
            for step in taken
        ],
        "exit_code": int(verdict(taken)),
    }


def _take(name: str, workspace: Workspace, options: Options) -> Step:
    try:
        return STEPS[name](workspace, options)
    except UsageError as error:
        return _broken(name, ExitCode.USAGE, str(error))
    except Exception as error:
        step = _broken(name, ExitCode.INTERNAL, f"internal error: {error!r}")
        return replace(step, trace=traceback.format_exc())


def _broken(name: str, code: ExitCode, message: str) -> Step:
    return Step(name=name, exit_code=code, text=f"{message}\n", data={"error": message})


def _reported(name: str, report: Report) -> Step:
    """The step whose outcome is ``report``."""
    return Step(
        name=name,
        exit_code=report.exit_code,
        text=report_text.render(report),
        data=report_json.as_data(report),
    )


def _validate(workspace: Workspace, _options: Options) -> Step:
    files = workspace.contract_files()
    return _reported("validate", validate(workspace, files, scope_of(workspace), LintOptions()))


def _lint(workspace: Workspace, _options: Options) -> Step:
    return _reported("lint", lint(workspace, LintOptions(strict_test_binding=True)))


def _run(workspace: Workspace, options: Options) -> Step:
    from pv.gate.run import run
    from pv.run.as_json import document
    from pv.run.scoreboard import text

    result = run(workspace, workers=options.workers, require_live=options.require_live)
    return Step(name="run", exit_code=result.exit_code, text=text(result), data=document(result))


def _prove(workspace: Workspace, options: Options) -> Step:
    from pv.gate.prove import prove
    from pv.proof.as_json import document
    from pv.proof.selftest import selftest
    from pv.proof.text import brief

    # A tool that believes liars must not judge.
    control = selftest(options.workers)
    result, changed = prove(workspace, options.workers, options.on_progress)
    kept = [f"kept {workspace.relative(path)}: commit it\n" for path in changed]
    return Step(
        name="prove",
        exit_code=worst([control.exit_code, result.exit_code]),
        text=control.summary + "".join(kept) + brief(result),
        data={
            **document(result),
            "selftest": int(control.exit_code),
            "kept": [workspace.relative(path) for path in changed],
        },
    )


def _status(workspace: Workspace, _options: Options) -> Step:
    from pv.gate.status import status
    from pv.report.status import as_data, text

    report = status(workspace)
    return Step(name="status", exit_code=report.exit_code, text=text(report), data=as_data(report))


def _base(workspace: Workspace, options: Options) -> Step:
    from pv.gate.since import since

    if not options.base and not head(workspace.root):
        text = "nothing was committed here that this could be weaker than\n"
        return Step(name="base", exit_code=ExitCode.CLEAN, text=text, data={"exit_code": 0})
    report = since(workspace, options.base or _HEAD)
    # A project that was not committed yet has nothing to be weaker than.
    is_new = not options.base and not report.denominators.contracts
    step = _reported("base", report)
    return replace(
        step,
        exit_code=ExitCode.CLEAN if is_new else step.exit_code,
        text=f"compared with {report.scope}\n{step.text}",
    )


# In the order in which they are taken.
STEPS: dict[str, Callable[[Workspace, Options], Step]] = {
    "validate": _validate,
    "lint": _lint,
    "run": _run,
    "prove": _prove,
    "status": _status,
    # Last: the proof brings back records that were only deleted.
    "base": _base,
}
