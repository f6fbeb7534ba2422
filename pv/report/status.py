"""Status: where each contract stands, as text, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pv.evidence.standing import ContractStanding, Counts
from pv.evidence.status import Level
from pv.exit_code import ExitCode, worst

_VERSION = 1


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The contracts that could be read, and the paths of those that could not."""

    shown: tuple[ContractStanding, ...]
    refused: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """The worst of the contracts; 3 where there is none."""
        codes = [_exit_code(standing) for standing in self.shown]
        return worst([*codes, ExitCode.FINDINGS] if self.refused else codes)

    @property
    def counts(self) -> dict[str, Any]:
        """What the verdict was counted over."""
        return {
            "contracts": len(self.shown) + len(self.refused),
            "judged": len(self.shown),
            **asdict(sum((standing.counts for standing in self.shown), Counts())),
            "levels": {
                level.name: sum(s.computed.level is level for s in self.shown) for level in Level
            },
            "above": sum(standing.claim > standing.computed.level for standing in self.shown),
        }


def text(report: StatusReport) -> str:
    """One contract after the other; the last line holds the denominators."""
    lines = [line for standing in report.shown for line in _lines(standing)]
    return "\n".join([*lines, *tail(report)]) + "\n"


def tail(report: StatusReport) -> Iterator[str]:
    """What stands under the contracts: those that were refused, and the denominators."""
    yield from (f"{path} cannot be read: see `pv validate`" for path in report.refused)
    if not report.shown and not report.refused:
        yield "nothing judged: there is no contract"
    yield summary(report)


def summary(report: StatusReport) -> str:
    """The denominators in one line."""
    counts = report.counts
    levels = " ".join(f"{name} {number}" for name, number in counts["levels"].items())
    return (
        f"contracts {counts['judged']}/{counts['contracts']} | {_counted(counts)} | {levels} | "
        f"above {counts['above']}"
    )


def table(report: StatusReport) -> str:
    """The contracts as a table with colours, for a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table("contract", "declared", "status", "bound", "proven", "killed", "why no higher")
    for standing in report.shown:
        is_above = standing.claim > standing.computed.level
        grid.add_row(
            standing.name,
            Text(standing.declared or "-", style="red" if is_above else ""),
            standing.computed.level.name,
            f"{standing.counts.bound}/{standing.counts.declared}",
            f"{standing.counts.proven}/{standing.counts.declared}",
            f"{standing.counts.killed}/{standing.counts.mutants}",
            Text("\n".join([*standing.computed.reasons, *standing.contradictions])),
        )
    console = Console()
    with console.capture() as captured:
        console.print(grid)
    return captured.get()


def as_data(report: StatusReport) -> dict[str, Any]:
    """The report as plain data, in the order in which it is written."""
    return {
        "version": _VERSION,
        "denominators": report.counts,
        "contracts": [_contract(standing) for standing in report.shown],
        "refused": list(report.refused),
        "exit_code": int(report.exit_code),
    }


def _exit_code(standing: ContractStanding) -> ExitCode:
    """A claim that cannot be, or that was refuted, is a finding; one not shown yet a decline."""
    is_shown = standing.claim <= standing.computed.level
    is_refuted = not is_shown and standing.computed.is_refuted
    if standing.claim > standing.ceiling.level or is_refuted or standing.contradictions:
        return ExitCode.FINDINGS
    return ExitCode.CLEAN if is_shown else ExitCode.NOTHING_JUDGED


def _lines(standing: ContractStanding) -> Iterator[str]:
    counts = _counted(asdict(standing.counts))
    yield f"{standing.computed.level.name:<24} {standing.name}{_declared(standing)} | {counts}"
    yield from (f"    not higher: {reason}" for reason in standing.computed.reasons)
    yield from (f"    contradiction: {sentence}" for sentence in standing.contradictions)


def _counted(counts: dict[str, int]) -> str:
    return (
        f"falsifiers declared {counts['declared']} bound {counts['bound']} "
        f"green {counts['green']} proven {counts['proven']} | "
        f"mutants {counts['mutants']} killed {counts['killed']}"
    )


def _declared(standing: ContractStanding) -> str:
    if standing.declared is None:
        return ""
    above = " (above what is shown)" if standing.claim > standing.computed.level else ""
    return f"  declared {standing.declared}{above}"


def _contract(standing: ContractStanding) -> dict[str, Any]:
    return {
        "name": standing.name,
        "path": standing.path,
        "declared": standing.declared,
        "status": standing.computed.level.name,
        "reasons": list(standing.computed.reasons),
        "counts": asdict(standing.counts),
        "contradictions": list(standing.contradictions),
        "ceiling": standing.ceiling.level.name,
        "ceiling_reasons": list(standing.ceiling.reasons),
    }
