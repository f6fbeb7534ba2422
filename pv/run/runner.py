"""Runner: run the falsifiers of a project in a child pytest, and judge what it recorded."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path

from pv import patched
from pv.binding.index import Index
from pv.evidence.ledger import LOCAL
from pv.exit_code import UsageError
from pv.finding import Finding, Location
from pv.run.cells import Plan
from pv.run.judge import finding, judge
from pv.run.load import load_plan
from pv.run.observation import REQUEST, RESULT, Observation, from_text
from pv.run.outcome import RunResult
from pv.run.record import record_run
from pv.run.strictness import STRICT_OPTIONS, asserts_vanish, collects_falsifiers
from pv.run.verdicts import CHILD_DIED
from pv.workspace import Workspace, open_workspace

_PLUGIN = "pv.run.plugin"
# pytest's own: all passed, some failed, nothing was collected. Anything else is not an outcome.
_ORDINARY_EXITS = (0, 1, 5)
_GRACE_SECONDS = 5.0
_LINES_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run."""

    workers: int = 0
    """Number of xdist workers; 0 runs in one process."""
    require_live: bool = False
    """A world that is absent is a decline (exit 3)."""
    is_shown: bool = False
    """Let the child's progress through to standard error."""


def run(start: Path, names: Iterable[str] = (), options: Options | None = None) -> RunResult:
    """Run the falsifiers of the contracts ``names`` (all without names) and record what ran."""
    plan, index = load_plan(open_workspace(start), names)
    return run_plan(plan, index, options or Options())


def run_plan(plan: Plan, index: Index, options: Options) -> RunResult:
    """Run every falsifier of ``plan`` and record what ran."""
    workspace = index.workspace
    check_settings(workspace)
    _check_workers(options)
    _check_folder(workspace)
    if not plan.functions():
        return judge(plan, Observation(), require_live=options.require_live)
    child = _run_child(plan, workspace, options)
    result = judge(plan, child.observation, require_live=options.require_live)
    if trouble := _trouble(child, result):
        tail = "\n".join(child.output.splitlines()[-_LINES_SHOWN:])
        told = (*result.failures, ("what pytest printed last", tail)) if tail else result.failures
        return replace(result, findings=(*result.findings, trouble), failures=told)
    return record_run(plan, result, index)


@dataclass(frozen=True, slots=True)
class _Child:
    """How the child ended, and what it left behind."""

    observation: Observation
    problem: str
    exit_code: int
    output: str


def check_settings(workspace: Workspace) -> None:
    """Refuse a configuration under which no result can be believed."""
    if asserts_vanish():
        raise UsageError("PYTHONOPTIMIZE (or -O) drops assertions from helpers; unset it")
    patterns = workspace.pytest.python_functions
    if not collects_falsifiers(patterns):
        raise UsageError(
            f"pytest's python_functions ({', '.join(patterns)}) matches no falsify_ function; set "
            'python_functions = ["test_*", "falsify_*"] in [tool.pytest.ini_options]'
        )


def _check_workers(options: Options) -> None:
    if options.workers < 0:
        raise UsageError(f"--workers must not be negative: {options.workers}")
    if options.workers and importlib.util.find_spec("xdist") is None:
        raise UsageError("--workers needs pytest-xdist: pip install pytest-xdist")


def _check_folder(workspace: Workspace) -> None:
    """Refuse before anything runs what would keep the records from being written."""
    for part in reversed([Path(LOCAL), *Path(LOCAL).parents][:-1]):
        folder = workspace.root / part
        if os.path.lexists(folder) and not folder.is_dir():
            raise UsageError(
                f"{folder}: not a directory, and records are kept in it; rename or remove it"
            )


def _run_child(plan: Plan, workspace: Workspace, options: Options) -> _Child:
    with tempfile.TemporaryDirectory(prefix="pv-run-") as name:
        folder = Path(name)
        request = {"contracts": [loaded.path for loaded in plan.contracts]}
        (folder / REQUEST).write_text(json.dumps(request), "utf-8")
        with (folder / "output").open("w+b") as output:
            code = _wait(
                subprocess.Popen(
                    [
                        *pytest_command(plan, workspace, folder),
                        *(("-n", str(options.workers)) if options.workers else ()),
                    ],
                    cwd=workspace.root,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=sys.stderr if options.is_shown else output,
                    stderr=None if options.is_shown else subprocess.STDOUT,
                    start_new_session=True,
                )
            )
            output.seek(0)
            shown = output.read().decode("utf-8", "replace")
        observation, problem = _read(folder / RESULT)
        return _Child(observation, problem, code, shown)


def pytest_command(
    plan: Plan, workspace: Workspace, folder: Path, launcher: Iterable[str] = ()
) -> list[str]:
    """The command line of a pytest session that is ours; options may follow.

    It names the configuration, whose place none among the tests may take. It names files: one
    function that is missing would make pytest refuse all of them, and one that is missing beside
    its own file would go unnoticed. The plugin picks the functions.
    """
    files = sorted({function.path for function in plan.functions().values()})
    strict = [flag for name, value in STRICT_OPTIONS.items() for flag in ("-o", f"{name}={value}")]
    return [
        *(sys.executable, *(launcher or patched.launcher()), "pytest"),
        *("-p", _plugin_name(), "-p", "no:cacheprovider"),
        # Without one pytest would collect no falsifier, and `check_settings` has refused.
        *("-c", str(workspace.root / workspace.pytest.file)),
        *(f"--rootdir={workspace.root}", f"--confcutdir={workspace.root}"),
        *(f"--pv-session={folder}", *strict),
        *("--assert=rewrite", "--continue-on-collection-errors", "--tb=short", "-q"),
        *("--no-header", "--no-summary"),
        *files,
    ]


def _plugin_name() -> str:
    """How ``-p`` finds the plugin whether or not entry points are loaded, but never twice."""
    for entry in entry_points(group="pytest11"):
        if entry.value == _PLUGIN:
            return entry.name
    return _PLUGIN


def environment() -> dict[str, str]:
    """Ours without the options that a person set for sessions of their own."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child; whatever interrupts us ends it and its workers."""
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            _end(child, signal.SIGTERM)
        # Its own session: workers that outlive it (os._exit in the controller) end with it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _end(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
    with suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE_SECONDS)


def _read(path: Path) -> tuple[Observation, str]:
    try:
        return from_text(path.read_text("utf-8")), ""
    except FileNotFoundError:
        return Observation(), "pytest ended without a record"
    except (ValueError, KeyError, TypeError) as error:
        return Observation(), f"pytest left a record that cannot be read: {error}"


def _trouble(child: _Child, result: RunResult) -> Finding | None:
    """What the child's own end says beyond the record; None where the two agree."""
    problem = child.problem
    if not problem and child.exit_code not in _ORDINARY_EXITS:
        problem = "pytest did not end in an ordinary way"
    if not problem and child.exit_code == 1 and not result.findings:
        problem = "every falsifier passed, but pytest failed"
    if not problem:
        return None
    message = f"{problem} (exit {child.exit_code})"
    return finding(CHILD_DIED, message, Location("pyproject.toml"), subject="pytest")
