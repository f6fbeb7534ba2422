"""Judge: a plan and what was observed of it, to a result. Pure: nothing is read or run here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pv.contract.document import LoadedContract
from pv.finding import Finding, Location, Severity
from pv.run.cells import Plan, PlannedCell, PlannedFalsifier
from pv.run.observation import Case, Node, Observation
from pv.run.outcome import Cell, CellResult, FalsifierResult, RunResult, count
from pv.run.verdicts import CONTRACT_REFUSED, EXPLANATIONS, RESOLVER_DISAGREE, Verdict, worst

_LIVE_STATUS = "DISCHARGED"


def judge(
    plan: Plan, observation: Observation, *, is_complete: bool = True, require_live: bool = False
) -> RunResult:
    """Judge every falsifier of ``plan``.

    ``is_complete`` says that everything was asked for: then what has no outcome is red. In a
    session that a person narrowed down it is only counted.
    """
    return _Judge(plan, observation, is_complete, require_live).result()


def finding(word: str, message: str, location: Location, *, subject: str = "") -> Finding:
    """An error under the code of ``word``, with its remedy."""
    why = EXPLANATIONS[word]
    return Finding(
        why.code,
        Severity.ERROR,
        f"{word}: {message}",
        location,
        subject=subject,
        suggestion=why.remedy,
    )


class _Judge:
    def __init__(
        self, plan: Plan, observation: Observation, is_complete: bool, require_live: bool
    ) -> None:
        self.plan = plan
        self.seen = observation
        self.is_complete = is_complete
        self.require_live = require_live
        self.nodes: dict[str, list[Node]] = {}
        for node in observation.collection.nodes:
            self.nodes.setdefault(node.function, []).append(node)
        self.files = {file.path: file for file in observation.collection.files}

    def result(self) -> RunResult:
        results = tuple(self._falsifier(planned) for planned in self.plan.falsifiers)
        pairs = tuple(zip(self.plan.falsifiers, results, strict=True))
        findings = [f for planned, result in pairs for f in self._findings(planned, result)]
        findings += self._disagreements()
        findings += _refusals(self.plan.contracts)
        absent = {Verdict.NOT_RUN, Verdict.NOT_COLLECTED}
        is_partial = not self.is_complete and any(
            cell.verdict in absent for result in results for cell in result.cells
        )
        return RunResult(
            falsifiers=results,
            findings=tuple(sorted(findings, key=lambda f: f.sort_key)),
            denominators=count(self.plan.contracts, results),
            backend=self.seen.backend,
            environment=self.seen.environment,
            is_partial=is_partial,
            declined=tuple(s for p, r in pairs if (s := self._required(p, r))),
            failures=tuple(self._failures()),
        )

    def _falsifier(self, planned: PlannedFalsifier) -> FalsifierResult:
        cells = tuple(self._cell(planned, cell) for cell in planned.cells)
        verdict = worst(cell.verdict for cell in cells)
        reason = next((cell.reason for cell in cells if cell.verdict is verdict), "")
        if not planned.falsifier.citations:
            verdict, reason, cells = Verdict.UNBOUND, "it cites no test", ()
        elif dangling := [b for b in planned.bindings if b.function is None]:
            verdict, cells = Verdict.UNRESOLVED, ()
            reason = f"{dangling[0].citation}: {dangling[0].target.message}"  # type: ignore[union-attr]
        return FalsifierResult(
            id=planned.falsifier.id,
            contract=planned.loaded.name,
            loaded=planned.loaded,
            verdict=verdict,
            reason=reason,
            cells=cells,
        )

    def _cell(self, planned: PlannedFalsifier, cell: PlannedCell) -> CellResult:
        cases: list[Case] = []
        verdicts: list[tuple[Verdict, str]] = []
        expected = 0
        for function in planned.functions:
            nodes = [
                node
                for node in self.nodes.get(function.node_id, ())
                if (planned.key, cell.implementation) in node.cells
                or (planned.key, None) in node.cells
            ]
            expected += len(nodes)
            if not nodes:
                verdicts.append(self._uncollected(function.path, function.node_id))
            for node in nodes:
                case = self.seen.cases.get(node.id)
                verdicts.append(_outcome(node, case))
                cases += [case] if case else []
        verdict, reason = _worst(verdicts)
        if verdict is Verdict.PASSED and cell.implementation is not None:
            verdict, reason = self._reached(cell, cases)
        return CellResult(
            cell=Cell(
                falsifier=cell.falsifier,
                contract=cell.contract,
                implementation=cell.implementation,
                backend=self.seen.backend,
                dtype=cell.dtype,
            ),
            verdict=verdict,
            reason=reason,
            cases=expected,
            executed=sum(c.verdict not in (Verdict.SKIPPED, Verdict.WORLD_ABSENT) for c in cases),
            asserted=sum(case.asserted for case in cases),
            seconds=round(sum(case.seconds for case in cases), 6),
        )

    def _uncollected(self, path: str, citation: str) -> tuple[Verdict, str]:
        """Why a function has no case: its file, or for no reason that pytest gave."""
        if file := self.files.get(path):
            return file.verdict, file.reason
        if not self.is_complete:
            return Verdict.NOT_RUN, "not selected"
        return Verdict.NOT_COLLECTED, f"pytest collected nothing for {citation}"

    def _reached(self, cell: PlannedCell, cases: list[Case]) -> tuple[Verdict, str]:
        if any(cell.key in case.entered for case in cases):
            return Verdict.PASSED, ""
        if cell.world and cell.world != self.seen.backend:
            return Verdict.WORLD_ABSENT, cell.world
        return Verdict.IMPL_UNREACHED, f"no case entered {cell.target}"

    def _findings(self, planned: PlannedFalsifier, result: FalsifierResult) -> Iterator[Finding]:
        if result.verdict is Verdict.UNRESOLVED:
            message = f"{result.id}: {result.reason}"
            yield finding(
                result.verdict.value, message, planned.location, subject=planned.falsifier.id
            )
            return
        if not result.cells and result.verdict.is_red:
            message = f"{result.id}: every cell is excused"
            yield finding(
                result.verdict.value, message, planned.location, subject=planned.falsifier.id
            )
        for cell in result.cells:
            is_missing = cell.verdict in (Verdict.NOT_RUN, Verdict.NOT_COLLECTED)
            if cell.verdict.is_red and (self.is_complete or not is_missing):
                yield finding(
                    cell.verdict.value,
                    f"{cell.cell}: {cell.reason or EXPLANATIONS[cell.verdict.value].why}",
                    self._place(planned, cell),
                    subject=str(cell.cell),
                )

    def _place(self, planned: PlannedFalsifier, result: CellResult) -> Location:
        """Where the first case went wrong, else the cited function."""
        for function in planned.functions:
            for node in self.nodes.get(function.node_id, ()):
                case = self.seen.cases.get(node.id)
                mine = {(planned.key, result.cell.implementation), (planned.key, None)}
                if case and case.line and case.verdict is result.verdict and mine & {*node.cells}:
                    return Location(case.path, case.line)
        first = planned.functions[0]
        return Location(first.path, first.span.line, first.span.column)

    def _failures(self) -> Iterator[tuple[str, str]]:
        """pytest's own text, where it says more than the finding."""
        told = (Verdict.FAILED, Verdict.ERROR)
        for file in self.seen.collection.files:
            if file.verdict in told:
                yield f"{file.path}: {file.verdict.value}", file.text
        for case in self.seen.cases.values():
            if case.verdict in told:
                yield f"{case.id}: {case.verdict.value}", case.text

    def _disagreements(self) -> Iterator[Finding]:
        for entry in self.seen.collection.disagreements:
            path = entry.citation.split("::")[0]
            function = self.plan.functions().get(entry.citation)
            location = Location(path, function.span.line) if function else Location(path)
            message = f"{entry.citation}: {entry.message}"
            yield finding(RESOLVER_DISAGREE, message, location, subject=entry.citation)

    def _required(self, planned: PlannedFalsifier, result: FalsifierResult) -> str:
        """Why a world that is absent may not be; empty where it may."""
        absent = [c for c in result.cells if c.verdict is Verdict.WORLD_ABSENT]
        claims = planned.contract.metadata.status == _LIVE_STATUS
        if not absent or not (self.require_live or claims):
            return ""
        why = f"{planned.loaded.path} declares {_LIVE_STATUS}" if claims else "--require-live"
        return f"{absent[0].cell} needs a {absent[0].reason}, which is not here ({why})"


def _outcome(node: Node, case: Case | None) -> tuple[Verdict, str]:
    if case is not None:
        return case.verdict, case.reason
    return Verdict.NOT_RUN, "deselected" if node.is_deselected else "no outcome was recorded"


def _worst(verdicts: list[tuple[Verdict, str]]) -> tuple[Verdict, str]:
    verdict = worst(v for v, _ in verdicts)
    return verdict, next((reason for v, reason in verdicts if v is verdict), "")


def _refusals(contracts: Iterable[LoadedContract]) -> Iterator[Finding]:
    for loaded in contracts:
        if loaded.contract is None:
            first = loaded.problems[0].message if loaded.problems else "it does not load"
            yield finding(
                CONTRACT_REFUSED,
                f"{loaded.name}: {first}",
                Location(loaded.path),
                subject=loaded.name,
            )
