"""Session: one pytest session that judges falsifiers, alone or over xdist workers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pv.binding.index import Index
from pv.binding.module import Function
from pv.evidence.ledger import write_atomically
from pv.exit_code import UsageError
from pv.run import fixtures
from pv.run.assertions import hear_calls, hear_rewritten_failures, may_assert
from pv.run.collecting import Collecting
from pv.run.judge import judge
from pv.run.load import load_plan
from pv.run.observation import (
    REQUEST,
    RESULT,
    Case,
    Collection,
    Observation,
    collection_from_text,
    collection_to_text,
    to_text,
)
from pv.run.outcome import RunResult
from pv.run.recording import Recording, crash_of, record_of
from pv.run.scoreboard import write_scoreboard
from pv.run.strictness import asserts_vanish, missing_options
from pv.run.verdicts import worst
from pv.run.worlds import environment
from pv.workspace import Workspace

_WORKER_OUTPUT = "pv"
# The phase that xdist gives to the report it makes for a worker that died.
_CRASH = "???"


class FalsifierSession:
    """Everything the plugin does in a project with ``[tool.pv]``."""

    def __init__(self, config: pytest.Config, workspace: Workspace, undo: ExitStack) -> None:
        self._config = config
        self._undo = undo
        self._observation = Observation()
        self._is_worker = hasattr(config, "workerinput")
        self._result: RunResult | None = None
        folder: str | None = config.getoption("pv_session")
        self._folder = Path(folder) if folder else None
        try:
            plan, index = load_plan(workspace)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        if self._folder:
            request = json.loads((self._folder / REQUEST).read_text("utf-8"))
            plan = plan.only(frozenset(request["contracts"]))
        self._plan = plan
        root = workspace.root
        self._recording = Recording(plan, index)
        self._collecting = Collecting(plan, root, is_exclusive=self._folder is not None)
        config.stash[fixtures.CONTEXT] = fixtures.Context(root, self._recording.entered)
        for part in (self._recording, self._collecting, fixtures):
            config.pluginmanager.register(part)
        hear_calls(self._recording, undo)
        hear_rewritten_failures(lambda path: may_assert(path, workspace), self._recording, undo)
        _rewrite_helpers(index, plan.functions().values())

    @property
    def cases(self) -> Mapping[str, Case]:
        """What became of the cases so far."""
        return self._observation.cases

    @property
    def collection(self) -> Collection:
        """What pytest collected."""
        return self._collecting.collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Refuse a Python that drops assertions."""
        if asserts_vanish():
            raise pytest.UsageError("pv: PYTHONOPTIMIZE drops assertions; unset it")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the records; with xdist this happens in the controller."""
        case = record_of(report)
        if case is None and report.failed and str(report.when) == _CRASH:
            case = crash_of(report)
        if case is not None:
            known = self._observation.cases.get(case.id)
            self._observation.cases[case.id] = _merged(known, case) if known else case

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what an xdist worker collected."""
        output = getattr(node, "workeroutput", {})
        if _WORKER_OUTPUT in output:
            sent = json.loads(output[_WORKER_OUTPUT])
            self._observation.backend = sent["backend"]
            self._observation.environment = sent["environment"]
            self._observation.collection = collection_from_text(sent["collection"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge, hand the observation on, and let no session with findings end green."""
        if self._is_worker:
            self._config.workeroutput[_WORKER_OUTPUT] = json.dumps(  # type: ignore[attr-defined]
                {
                    "backend": self._recording.backend,
                    "environment": environment(),
                    "collection": collection_to_text(self._collecting.collection),
                }
            )
            return
        if self._collecting.collection.nodes or self._collecting.collection.files:
            self._observation.collection = self._collecting.collection
            self._observation.backend = self._recording.backend
            self._observation.environment = environment()
        if self._folder:
            write_atomically(self._folder / RESULT, to_text(self._observation))
        elif any(not node.is_deselected for node in self._observation.collection.nodes):
            self._result = judge(self._plan, self._observation, is_complete=False)
            if self._result.findings and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the scoreboard where falsifiers were selected."""
        if self._result is not None:
            missing = missing_options(self._config.getini)
            write_scoreboard(self._result, terminalreporter, missing)

    def pytest_unconfigure(self) -> None:
        """Leave pytest and NumPy as they were."""
        self._undo.close()


def _merged(known: Case, new: Case) -> Case:
    """A case that reports twice (a subtest, a teardown) is as good as its worst report."""
    return known if worst((known.verdict, new.verdict)) is known.verdict else new


def _rewrite_helpers(index: Index, functions: Iterable[Function]) -> None:
    """Have pytest see the asserts of helper modules beside the tests, too."""
    workspace = index.workspace
    for path in sorted({function.path for function in functions}):
        module = index.module(path)
        assert module is not None  # a function was found in it
        for imported in module.imports:
            for name in (imported.module, f"{imported.module}.{imported.attribute}"):
                helper = index.imported(name, module.directory)
                if helper and workspace.is_in("falsifiers", workspace.root / helper.path):
                    pytest.register_assert_rewrite(name)
