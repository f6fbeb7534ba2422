"""Suppression: a comment that takes a finding out of the verdict, with a reason for it.

``# pv: ignore[CODE] reason`` holds for the findings on its own line; alone on a line, for those
of the next line that is neither blank nor a comment.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pv.contract.document import Document, LoadedContract, Span
from pv.finding import Finding, Location
from pv.rules.project import Project

_PRAGMA = re.compile(r"(?<!\S)#\s*pv:.*")
_IGNORE = re.compile(r"#\s*pv:\s*ignore\[(?P<codes>[^\]]*)\](?P<reason>.*)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One ``# pv:`` comment. Without codes it is not understood, and suppresses nothing."""

    location: Location
    target_line: int
    """Line whose findings it suppresses."""
    codes: tuple[str, ...]
    reason: str
    text: str

    def covers(self, finding: Finding) -> bool:
        """True where the finding stands on the target line, under one of the codes."""
        place = (finding.location.path, finding.location.line)
        return place == (self.location.path, self.target_line) and finding.code in self.codes


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the findings and of the suppressions."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    suppressions: tuple[Suppression, ...]
    judged: frozenset[str]
    """Codes of the rules that ran."""
    suppressible: frozenset[str]
    """Codes of the rules whose findings can be taken out."""

    @property
    def unused(self) -> Iterator[tuple[Suppression, str]]:
        """Each code that a suppression names, whose rule ran, and that met no finding."""
        for suppression in self.suppressions:
            met = {f.code for f in self.suppressed if suppression.covers(f)}
            for code in suppression.codes:
                if code in self.judged & self.suppressible and code not in met:
                    yield suppression, code


def apply(
    findings: Iterable[Finding],
    suppressions: tuple[Suppression, ...],
    judged: frozenset[str],
    suppressible: frozenset[str],
) -> Applied:
    """Split the findings into those that count and those that a comment takes out."""
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        is_covered = finding.code in suppressible and any(s.covers(finding) for s in suppressions)
        (suppressed if is_covered else kept).append(finding)
    return Applied(tuple(kept), tuple(suppressed), suppressions, judged, suppressible)


def in_project(project: Project) -> tuple[Suppression, ...]:
    """Every suppression of the project's contracts and test files."""
    return (*in_contracts(project.contracts), *in_test_files(project))


def in_contracts(contracts: Iterable[LoadedContract]) -> tuple[Suppression, ...]:
    """The suppressions of contract files."""
    return tuple(
        _suppression(loaded.path, loaded.document.text, *comment)
        for loaded in contracts
        for comment in _yaml_comments(loaded.document)
    )


def in_test_files(project: Project) -> tuple[Suppression, ...]:
    """The suppressions of the project's test files."""
    found: list[Suppression] = []
    for module in project.test_modules():
        source = project.index.source(module.path)
        if b"pv:" in source:  # tokenising is the slow part, and hardly any file needs it
            text = source.decode("utf-8", "replace")
            found += [
                _suppression(module.path, text, *comment) for comment in _python_comments(text)
            ]
    return tuple(found)


def _suppression(path: str, text: str, line: int, column: int, comment: str) -> Suppression:
    lines = text.split("\n")
    is_alone = not lines[line - 1][: column - 1].strip()
    ignore = _IGNORE.match(comment)
    codes = [code.strip() for code in ignore["codes"].split(",")] if ignore else []
    return Suppression(
        Location(path, line, column, line, column + len(comment)),
        _next_code_line(lines, line) if is_alone else line,
        tuple(code for code in codes if code),
        ignore["reason"].strip() if ignore else "",
        comment,
    )


def _next_code_line(lines: list[str], line: int) -> int:
    for number, text in enumerate(lines[line:], line + 1):
        if text.strip() and not text.lstrip().startswith("#"):
            return number
    return line


def _python_comments(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of each ``# pv:`` comment; a broken file has a finding of its own."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            match = _PRAGMA.search(token.string) if token.type == tokenize.COMMENT else None
            if match:
                yield token.start[0], token.start[1] + match.start() + 1, match[0].rstrip()
    except (tokenize.TokenError, SyntaxError):
        return


def _yaml_comments(document: Document) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of each ``# pv:`` comment, as against text of a scalar."""
    if "pv:" not in document.text:
        return
    collections = {path[:-1] for path in document.values if path}
    scalars = [span for path, span in document.values.items() if path not in collections]
    scalars += document.keys.values()
    for number, line in enumerate(document.text.split("\n"), 1):
        match = _PRAGMA.search(line)
        if match and not any(_holds(span, number, match.start() + 1) for span in scalars):
            yield number, match.start() + 1, match[0].rstrip()


def _holds(span: Span, line: int, column: int) -> bool:
    return (span.line, span.column) <= (line, column) < (span.end_line, span.end_column)
