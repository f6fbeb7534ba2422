"""Recording: what each case of a falsifier asserted and entered, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from pv.binding.index import Index
from pv.run import fixtures, worlds
from pv.run.cells import Plan
from pv.run.collecting import NODE
from pv.run.judged import Judged
from pv.run.observation import Case, Node
from pv.run.reach import places, watching
from pv.run.verdicts import EXPLANATIONS, Verdict

_PROPERTY = "pv"
_STRICT_XPASS = "[XPASS(strict)]"


class Recording:
    """Hooks of the run. Every case of a cited function carries its record in its report."""

    def __init__(self, plan: Plan, index: Index) -> None:
        self._planned = {planned.key: planned for planned in plan.falsifiers}
        self._functions = plan.functions()
        self._index = index
        self._root = index.workspace.root
        self._backend = ""
        self._is_calling = False
        self._judged: Judged | None = None
        self._asserted = 0
        self._refuted = 0
        self._entered: set[str] = set()
        self._absent = ""

    @property
    def backend(self) -> str:
        """The backend, asked for once and only after the tests were imported."""
        self._backend = self._backend or worlds.backend()
        return self._backend

    def asserted(self) -> None:
        """An assertion held; those of fixtures, and of code run in the test's place, judge none."""
        self._asserted += self._is_calling and (self._judged is None or self._judged.is_running())

    def refuted(self) -> None:
        """An assertion did not hold."""
        self._refuted += self._is_calling

    def expected(self) -> None:
        """The failure of an assertion is what the test asked for."""
        self._refuted = max(0, self._refuted - self._is_calling)

    def entered(self, key: str) -> None:
        """The implementation ``key`` was entered."""
        self._entered.add(key)

    def pytest_assertion_pass(self) -> None:
        """A rewritten assert held: it was not refuted after all."""
        self._refuted -= self._is_calling
        self.asserted()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Start each case with clean counters."""
        self._asserted, self._refuted, self._entered, self._absent = 0, 0, set(), ""
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Leave out a case whose declared world is absent, before any fixture runs."""
        node = item.stash.get(NODE, None)
        world = self._world(node) if node else None
        if world and world != self.backend:
            self._absent = world
            pytest.skip(f"world absent: {world}")
        if isinstance(item, pytest.Function) and node and (message := fixtures.replaced(item)):
            pytest.fail(message, pytrace=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Count assertions, and watch what the test enters by itself."""
        node = item.stash.get(NODE, None)
        self._judged = Judged(self._functions[node.function], self._root) if node else None
        self._is_calling = True
        try:
            with self._watch(node):
                return (yield)
        finally:
            self._is_calling = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge the case, put the record into its report, and make every evasion a failure."""
        report = yield
        node = item.stash.get(NODE, None)
        if node is not None and (report.when == "call" or not report.passed):
            verdict = self._verdict(report)
            case = self._case(node, report, verdict)
            if verdict is not Verdict.WORLD_ABSENT:
                _fail_openly(report, case)
            report.user_properties.append((_PROPERTY, _to_property(case)))
        return report

    def _verdict(self, report: pytest.TestReport) -> Verdict:
        if self._absent and report.skipped:
            return Verdict.WORLD_ABSENT
        is_strict = isinstance(report.longrepr, str) and report.longrepr.startswith(_STRICT_XPASS)
        if hasattr(report, "wasxfail") or is_strict:
            return Verdict.XFAILED if report.skipped else Verdict.XPASSED
        if report.skipped:
            return Verdict.SKIPPED
        if report.failed:
            return Verdict.FAILED if report.when == "call" else Verdict.ERROR
        if self._refuted:
            return Verdict.SWALLOWED
        return Verdict.PASSED if self._asserted else Verdict.VACUOUS

    def _case(self, node: Node, report: pytest.TestReport, verdict: Verdict) -> Case:
        path, line, reason = self._cause(report, verdict)
        return Case(
            id=node.id,
            verdict=verdict,
            reason=reason,
            path=path,
            line=line,
            asserted=self._asserted,
            entered=tuple(sorted(self._entered)),
            seconds=report.duration,
        )

    def _cause(self, report: pytest.TestReport, verdict: Verdict) -> tuple[str, int, str]:
        """Where and why the case ended as it did."""
        path, line, _ = report.location
        place = (path, (line or 0) + 1)
        if verdict is Verdict.WORLD_ABSENT:
            return (*place, self._absent)
        if verdict in (Verdict.XFAILED, Verdict.XPASSED):
            return (*place, str(getattr(report, "wasxfail", "")) or "strict xfail")
        if isinstance(report.longrepr, tuple):
            return (*place, str(report.longrepr[2]).removeprefix("Skipped: "))
        if crash := getattr(report.longrepr, "reprcrash", None):
            line = _line_in(path, report.longrepr) or place[1]
            return (path, line, _headline(crash.message))
        return (*place, str(report.longrepr or "").split("\n")[0])

    def _world(self, node: Node) -> str | None:
        """Backend that every cell of the case needs and none of them finds here."""
        needed: set[str | None] = set()
        for key, implementation in node.cells:
            planned = self._planned[key]
            if implementation is None:
                needed.add(planned.falsifier.world.backend if planned.falsifier.world else None)
            else:
                needed |= {c.world for c in planned.cells if c.implementation == implementation}
        return needed.pop() if len(needed) == 1 else None

    def _watch(self, node: Node | None) -> AbstractContextManager[None]:
        """Watching is slow, so only where the test takes no ``implementation``."""
        cells = [
            cell
            for key, name in (node.cells if node else ())
            if name is None
            for cell in self._planned[key].cells
        ]
        wanted = places(cells, self._index)
        return watching(wanted, self.entered) if wanted else nullcontext()


def record_of(report: pytest.TestReport) -> Case | None:
    """The record in a report, wherever it was made; None for a report without one."""
    for name, value in report.user_properties:
        if name == _PROPERTY:
            return _from_property(str(value), report)
    return None


def _headline(message: str) -> str:
    """First line of a failure; NumPy's begins with an empty one after the exception's name."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return " ".join(lines[: 2 if lines and lines[0].endswith("Error:") else 1])


def crash_of(report: pytest.TestReport) -> Case:
    """A record for a report that xdist made for a worker that died."""
    reason = report.longreprtext.strip().split("\n")[0]
    return Case(
        id=report.nodeid, verdict=Verdict.ERROR, reason=reason, path=report.location[0], line=1
    )


def _line_in(path: str, longrepr: object) -> int | None:
    """The last line of the test's own file that the traceback passes through."""
    entries = getattr(getattr(longrepr, "reprtraceback", None), "reprentries", ())
    places = [p for entry in entries if (p := getattr(entry, "reprfileloc", None))]
    return next((p.lineno for p in reversed(places) if p.path == path), None)


def _fail_openly(report: pytest.TestReport, case: Case) -> None:
    """Show the evasion as a failure: the verdict of plain pytest is ours."""
    if case.verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.ERROR):
        return
    why = EXPLANATIONS[case.verdict.value]
    text = f"{why.code} {case.verdict.value}: {case.reason or why.why}\n{why.remedy}"
    report.outcome = "failed"
    report.longrepr = text
    if hasattr(report, "wasxfail"):
        del report.wasxfail


def _to_property(case: Case) -> str:
    fields: dict[str, Any] = {
        name: getattr(case, name)
        for name in ("reason", "path", "line", "asserted", "entered", "seconds")
    }
    return json.dumps({"verdict": case.verdict.value, **fields})


def _from_property(text: str, report: pytest.TestReport) -> Case:
    fields = json.loads(text)
    verdict = Verdict(fields.pop("verdict"))
    fields["entered"] = tuple(fields["entered"])
    shown = report.longreprtext if report.failed else ""
    return Case(id=report.nodeid, verdict=verdict, text=shown, **fields)
