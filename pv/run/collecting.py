"""Collecting: parametrise cited functions by their cells, and note what pytest collected."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from pv.binding.module import Function
from pv.binding.verdict import Verdict as BindingVerdict
from pv.run.cells import Plan, PlannedCell, PlannedFalsifier
from pv.run.judged import definition_lines
from pv.run.observation import Collection, Disagreement, File, Node
from pv.run.verdicts import Verdict

NODE = pytest.StashKey[Node]()

# What the AST may answer although pytest collects the citation: a refusal, not a mistake.
_REFUSALS = (BindingVerdict.NOT_STATIC, BindingVerdict.SHADOWED, BindingVerdict.PARAM_PINNED)


class Collecting:
    """Hooks of the collection. ``is_exclusive``: run the cited functions and nothing else."""

    def __init__(self, plan: Plan, root: Path, *, is_exclusive: bool) -> None:
        self.collection = Collection()
        self._plan = plan
        self._root = root
        self._is_exclusive = is_exclusive
        self._functions = plan.functions()
        self._items: list[pytest.Function] = []
        self._deselected: set[pytest.Item] = set()
        self._whole: set[str] = set()
        """Node ids of the files and classes that were collected without an error."""
        self._seen: dict[str, Any] = {}
        """Function by node id, of everything in them."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One case per cell, as far as the function asks for what tells cells apart."""
        names: list[str] = ["falsifier", "implementation"]
        names = [name for name in names if name in metafunc.fixturenames]
        planned = self._plan.cited_by(_function_id(metafunc.definition))
        rows = _rows(planned, names)
        if not names or not rows:
            return  # the fixtures themselves say what is missing
        metafunc.parametrize(
            names,
            [[row[name] for name in names] for row in rows],
            indirect=True,
            ids=[_case_id(row, several=len(planned) > 1) for row in rows],
            scope="session",
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Note how the collection of each file and class ended."""
        try:
            report = yield
        except SystemExit as error:  # it would end the session, and every other file with it
            text = f"SystemExit({error.code!r}) while {collector.nodeid} was collected"
            report = pytest.CollectReport(collector.nodeid, "failed", text, [])
        if isinstance(collector, pytest.Module | pytest.Class):
            self._note(report)
        return report

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember the cases of cited functions, selected or not."""
        if isinstance(item, pytest.Function) and _function_id(item) in self._functions:
            self._items.append(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what the runner did not ask for: it names files, not functions."""
        if self._is_exclusive:
            cited = set(self._items)
            items[:] = [item for item in items if item in cited]

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember what -k, -m or a conftest took out."""
        self._deselected.update(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Fix what was collected, and compare it with what the index resolved."""
        selected = set(session.items)
        for item in self._items:
            node = Node(
                id=item.nodeid,
                function=_function_id(item),
                cells=self._cells(item),
                is_deselected=item not in selected,
            )
            item.stash[NODE] = node
            self.collection.nodes.append(node)
        self.collection.disagreements += self._disagreements()

    def _note(self, report: pytest.CollectReport) -> None:
        path = report.nodeid.split("::")[0]
        if report.passed:
            self._whole.add(report.nodeid)
            for child in report.result:
                if isinstance(child, pytest.Function):
                    self._seen[_function_id(child)] = child.obj
                elif isinstance(child, pytest.Class):
                    self._seen[child.nodeid] = None
        elif any(f.path == path for f in self._functions.values()):
            verdict = Verdict.SKIPPED if report.skipped else Verdict.ERROR
            text = report.longreprtext
            reason = _skip_reason(report) if report.skipped else _last_line(text)
            self.collection.files.append(File(path=path, verdict=verdict, reason=reason, text=text))

    def _cells(self, item: pytest.Function) -> tuple[tuple[str, str | None], ...]:
        """The cells that a case counts for."""
        callspec = getattr(item, "callspec", None)
        params = callspec.params if callspec is not None else {}
        falsifier, cell = params.get("falsifier"), params.get("implementation")
        cells: list[tuple[str, str | None]] = []
        for planned in self._plan.cited_by(_function_id(item)):
            if isinstance(falsifier, PlannedFalsifier) and planned.key != falsifier.key:
                continue
            if not isinstance(cell, PlannedCell):
                cells.append((planned.key, None))
            elif any(c.key == cell.key for c in planned.cells):
                cells.append((planned.key, cell.implementation))
        return tuple(cells)

    def _disagreements(self) -> list[Disagreement]:
        found = []
        for node_id, function in self._functions.items():
            if message := self._difference(node_id, function):
                found.append(Disagreement(citation=node_id, message=message))
        for planned in self._plan.falsifiers:
            for binding in planned.bindings:
                if binding.function is None and binding.citation in self._seen:
                    target = binding.target
                    if target.verdict not in _REFUSALS:  # type: ignore[union-attr]
                        message = f"pytest collects it, but the index says: {target.message}"  # type: ignore[union-attr]
                        found.append(Disagreement(citation=binding.citation, message=message))
        return found

    def _difference(self, node_id: str, function: Function) -> str:
        """How the collected object differs from the definition; empty where it is the same."""
        here = f"the index finds it at {function.path}:{function.span.line}"
        owner = node_id.rpartition("::")[0]
        if function.path not in self._whole or (owner in self._seen and owner not in self._whole):
            return ""  # not collected in this session, or an error that is told elsewhere
        if node_id not in self._seen:
            return f"{here}, but pytest collects no such test"
        place = _definition(self._seen[node_id])
        file = (self._root / function.path).resolve()
        if place and place[0] == file and place[1] in definition_lines(function):
            return ""
        there = f"{place[0]}:{place[1]}" if place else "nowhere in Python code"
        return f"{here}, but the test that pytest collects is defined at {there}"


def _rows(
    planned: tuple[PlannedFalsifier, ...], names: list[str]
) -> list[dict[str, PlannedFalsifier | PlannedCell]]:
    """Values of the asked-for fixtures, each combination once."""
    rows: dict[tuple[str, ...], dict[str, PlannedFalsifier | PlannedCell]] = {}
    for falsifier in planned:
        for cell in falsifier.cells:
            if "implementation" in names and cell.implementation is None:
                continue
            row: dict[str, PlannedFalsifier | PlannedCell] = {
                "falsifier": falsifier,
                "implementation": cell,
            }
            rows.setdefault(tuple(row[name].key for name in names), row)
    return [{name: row[name] for name in names} for row in rows.values()]


def _case_id(row: dict[str, PlannedFalsifier | PlannedCell], *, several: bool) -> Any:
    """Name of the implementation; the falsifier's id only where one test serves several."""
    falsifier, cell = row.get("falsifier"), row.get("implementation")
    parts = [falsifier.falsifier.id] if isinstance(falsifier, PlannedFalsifier) and several else []
    if isinstance(cell, PlannedCell) and cell.implementation is not None:
        parts.append(cell.implementation)
    return "-".join(parts) if parts else pytest.HIDDEN_PARAM


def _function_id(item: Any) -> str:
    """Node id without the case. A class or function name never holds a bracket; ids do."""
    parent: str = item.parent.nodeid
    return f"{parent}::{getattr(item, 'originalname', None) or item.name}"


def _definition(obj: Any) -> tuple[Path, int] | None:
    """File and line where the body of a test function was written."""
    handle = getattr(obj, "hypothesis", None)
    function: Callable[..., Any] = getattr(handle, "inner_test", obj)
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (Path(code.co_filename).resolve(), code.co_firstlineno) if code else None


def _skip_reason(report: pytest.CollectReport) -> str:
    longrepr = report.longrepr
    return str(longrepr[2]).removeprefix("Skipped: ") if isinstance(longrepr, tuple) else ""


def _last_line(text: str) -> str:
    lines = [line.removeprefix("E ").strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "the file could not be collected"
