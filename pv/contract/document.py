"""Document: the plain data of one YAML file, with the place of every key and value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pv.contract.model import Contract, Falsifier
from pv.finding import Location

# Where a value stands in the data: keys and list indices from the top.
DataPath = tuple[str | int, ...]


class Span(NamedTuple):
    """1-based line and column of the first character, and of the one after the last."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the loader refused or noticed; the rule of the same name explains it."""

    rule: str
    message: str
    span: Span
    subject: str = ""
    suggestion: str = ""
    related: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data of one file. ``values`` and ``keys`` locate each value and each mapping key."""

    path: str
    text: str
    data: Any
    values: dict[DataPath, Span] = field(default_factory=dict)
    keys: dict[DataPath, Span] = field(default_factory=dict)
    sources: dict[DataPath, str] = field(default_factory=dict)
    """Source text of plain scalars that are not text (numbers, true, null)."""
    problems: tuple[Problem, ...] = ()
    dropped: frozenset[DataPath] = frozenset()
    """What was left out because of a problem: keys by their path, list items by their list's."""

    def is_whole(self, *path: str | int) -> bool:
        """Whether nothing was left out directly at or under ``path``.

        A rule that counts, or that looks a name up, asks first: what is absent because it was
        refused already has its finding.
        """
        return path not in self.dropped and not any(d[:-1] == path for d in self.dropped if d)

    def value(self, path: DataPath) -> Any:
        """Value at ``path``; None where there is none."""
        value = self.data
        for step in path:
            value = _child(value, step)
        return value

    def subject(self, path: DataPath) -> str:
        """``path`` as text that survives reordering: list items by their id where they have one."""
        steps, value = [], self.data
        for step in path:
            value = _child(value, step)
            name = value.get("id") if isinstance(step, int) and isinstance(value, dict) else None
            steps.append(name if isinstance(name, str) and name else str(step))
        return ".".join(steps)

    def location(self, path: DataPath, *, key: bool = False) -> Location:
        """Place of the value at ``path`` (or of its key), or of the nearest thing around it."""
        table = self.keys if key and path in self.keys else self.values
        while path and path not in table:
            path, table = path[:-1], self.values
        return self.at(table.get(path, Span(1, 1, 1, 1)))

    def at(self, span: Span) -> Location:
        """``span`` as a location in this file."""
        return Location(self.path, span.line, span.column, span.end_line, span.end_column)


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


@dataclass(frozen=True, slots=True)
class LoadedContract:
    """A contract file that was read: its document, and the contract where the schema allows one."""

    name: str
    document: Document
    contract: Contract | None
    problems: tuple[Problem, ...]

    @property
    def path(self) -> str:
        """Project-relative POSIX path of the file."""
        return self.document.path

    @property
    def falsifiers(self) -> Iterator[tuple[DataPath, Falsifier]]:
        """Every falsifier with its place in the document."""
        if self.contract is not None:
            for i, falsifier in enumerate(self.contract.falsification_tests):
                yield ("falsification_tests", i), falsifier

    def is_intact(self, *blocks: str) -> bool:
        """Whether nothing was left out anywhere in the top-level ``blocks``.

        A rule that compares blocks asks first: what seems to be missing may have been refused.
        """
        return not any(path and path[0] in blocks for path in self.document.dropped)
