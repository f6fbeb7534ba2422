"""Compose: libyaml's events -> plain data, with the place of every key and value.

The data is built from events, without recursion, so hostile nesting is met here and not by the
interpreter's stack. What is refused locally is left out and noted in ``dropped``; what makes
the rest of the file unreadable raises ``Unreadable``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from pv.contract.document import DataPath, Problem, Span
from pv.contract.scalar import resolve

MOST_LEVELS = 64
MOST_COPIES = 10_000

# A comment that is not addressed to the tool itself (`# pv: ignore[CODE] reason`).
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COMMENT = re.compile(r"[ \t]+#(?!\s*pv:)")


def place_after(text: str) -> Span:
    """Place of the character that follows ``text``."""
    lines = _LINE_BREAK.split(text)
    line, column = len(lines), len(lines[-1]) + 1
    return Span(line, column, line, column)


class Unreadable(Exception):
    """The file has a problem that leaves nothing to judge."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    container: dict[str, Any] | list[Any]
    path: DataPath
    start: Span
    anchor: str | None
    is_kept: bool
    is_flow: bool
    key: str | None = None
    takes_value: bool = True
    """Whether the value of ``key`` is wanted: not when the key itself was refused."""
    end: Span = field(default=Span(1, 1, 1, 1))


class Composer:
    """Plain data of one document; ``data`` is None until the document's value is complete."""

    def __init__(self, text: str) -> None:
        self.data: Any = None
        self.values: dict[DataPath, Span] = {}
        self.keys: dict[DataPath, Span] = {}
        self.sources: dict[DataPath, str] = {}
        self.problems: list[Problem] = []
        self.dropped: set[DataPath] = set()
        self._text = text
        self._last = place_after(text)[:2]
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, DataPath]] = {}
        self._open_anchors: set[str] = set()
        self._documents = 0
        self._copies = 0

    def compose(self, events: Iterable[yaml.Event]) -> None:
        """Take in the events of a whole stream."""
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._document(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Unreadable(
                Problem(
                    "several-documents",
                    "a second YAML document begins here; a file holds one contract",
                    self._span(event),
                    suggestion="move it to a file of its own",
                )
            )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._open[-1] if self._open else None
        if frame and isinstance(frame.container, dict) and frame.key is None:
            self._key(frame, event)
            return
        path, is_kept = self._place(event)
        span = self._span(event)
        if event.tag is not None:
            self._refuse_tag(event.tag, span, path, is_kept)
            self._put(None, span, is_kept=False)
            return
        value = resolve(event.value) if event.implicit[0] else event.value
        if is_kept:
            self.values[path] = span
            if not isinstance(value, str):
                self.sources[path] = event.value
            elif event.implicit[0]:
                self._warn_if_cut(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, path)
        self._put(value, span)

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        """Keys are text, whatever they look like."""
        assert isinstance(frame.container, dict)
        key, span, path = event.value, self._span(event), (*frame.path, event.value)
        frame.key, frame.takes_value = key, False
        if event.anchor is not None:
            self._anchors[event.anchor] = (key, path)
        if not frame.is_kept:
            return
        if event.tag is not None:
            self._problem("yaml-tag", f"key {key!r} has the tag {event.tag}", span, path)
            self.dropped.add(path)
        elif key == "<<" and event.implicit[0]:
            self._problem("merge-key", "the merge key `<<` hides what an entry says", span, path)
            self.dropped.add(path)
        elif path in self.keys:
            self._duplicate(span, path)
        else:
            self.keys[path] = span
            frame.takes_value = True

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        path, is_kept = self._place(event)
        self._check_depth(path, event)
        span = self._span(event)
        if event.tag is not None:
            self._refuse_tag(event.tag, span, path, is_kept)
            is_kept = False
        if event.anchor is not None:
            self._open_anchors.add(event.anchor)
        container: dict[str, Any] | list[Any] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        is_flow = bool(event.flow_style)
        self._open.append(_Frame(container, path, span, event.anchor, is_kept, is_flow, end=span))

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        frame = self._open.pop()
        # A block ends, for libyaml, where the next thing begins; for a reader, with its last entry.
        last = self._span(event) if frame.is_flow else frame.end
        span = Span(frame.start.line, frame.start.column, last.end_line, last.end_column)
        if frame.anchor is not None:
            self._open_anchors.discard(frame.anchor)
            self._anchors[frame.anchor] = (frame.container, frame.path)
        if frame.is_kept:
            self.values[frame.path] = span
        self._put(frame.container, span, is_kept=frame.is_kept)

    def _alias(self, event: yaml.AliasEvent) -> None:
        path, is_kept = self._place(event)
        span, name = self._span(event), event.anchor
        if name in self._open_anchors or name not in self._anchors:
            why = "contains itself" if name in self._open_anchors else "names no anchor"
            self._problem("bad-alias", f"the alias *{name} {why}", span, path)
            self._drop(path, is_kept)
            self._put(None, span, is_kept=False)
            return
        value, source = self._anchors[name]
        copied = self._copy(value, source, path, span, is_kept=is_kept)
        if is_kept:
            self.values[path] = span
        self._put(copied, span)

    def _copy(
        self, value: Any, source: DataPath, path: DataPath, alias: Span, *, is_kept: bool
    ) -> Any:
        """Copy an anchored value; its parts keep the places where they really stand."""
        self._copies += 1
        if self._copies > MOST_COPIES or len(path) > MOST_LEVELS:
            raise Unreadable(
                Problem("bad-alias", "aliases expand to too much data", alias, _dotted(path))
            )
        if is_kept:
            self._copy_place(source, path)
        if isinstance(value, dict):
            return {
                key: self._copy(child, (*source, key), (*path, key), alias, is_kept=is_kept)
                for key, child in value.items()
            }
        if isinstance(value, list):
            return [
                self._copy(child, (*source, i), (*path, i), alias, is_kept=is_kept)
                for i, child in enumerate(value)
            ]
        return value

    def _copy_place(self, source: DataPath, path: DataPath) -> None:
        tables: tuple[dict[DataPath, Any], ...] = (self.values, self.sources)
        for table in tables:
            if source in table:
                table[path] = table[source]
        # The key under which the alias itself stands is not the anchor's.
        if source in self.keys and path not in self.keys and isinstance(path[-1], str):
            self.keys[path] = self.keys[source]

    def _place(self, event: yaml.Event) -> tuple[DataPath, bool]:
        """Path of the value that begins with ``event``, and whether it is kept."""
        if not self._open:
            return (), True
        frame = self._open[-1]
        if isinstance(frame.container, list):
            return (*frame.path, len(frame.container)), frame.is_kept
        if frame.key is None:
            raise Unreadable(
                Problem(
                    "key-not-text",
                    "a list, a mapping or an alias stands where a key should be",
                    self._span(event),
                    _dotted(frame.path),
                    "write the key as plain text; quote it if it has brackets or braces",
                )
            )
        return (*frame.path, frame.key), frame.is_kept and frame.takes_value

    def _put(self, value: Any, span: Span, *, is_kept: bool = True) -> None:
        """Hand a complete value to the container that it is in."""
        if not self._open:
            self.data = value if is_kept else None
            return
        frame = self._open[-1]
        frame.end = span
        if isinstance(frame.container, list):
            if is_kept:
                frame.container.append(value)
        else:
            assert frame.key is not None
            if is_kept and frame.takes_value:
                frame.container[frame.key] = value
            frame.key = None

    def _drop(self, path: DataPath, is_kept: bool) -> None:
        """Note that the value at ``path`` is left out."""
        if is_kept:
            self.dropped.add(path[:-1] if path and isinstance(path[-1], int) else path)

    def _refuse_tag(self, tag: str, span: Span, path: DataPath, is_kept: bool) -> None:
        message = f"the tag {tag} makes YAML build something other than it shows"
        self._problem("yaml-tag", message, span, path)
        self._drop(path, is_kept)

    def _duplicate(self, span: Span, path: DataPath) -> None:
        first = self.keys[path]
        self.problems.append(
            Problem(
                "duplicate-key",
                f"key {path[-1]!r} stands twice; it was given at line {first.line} already",
                span,
                _dotted(path),
                "delete one of the two",
                (first,),
            )
        )

    def _warn_if_cut(self, event: yaml.ScalarEvent, path: DataPath) -> None:
        mark = event.end_mark
        assert mark is not None  # libyaml marks every event
        if " " in event.value and _COMMENT.match(self._text, mark.index):
            self._problem(
                "text-cut",
                f"the text ends at ` #`: only {_shortened(event.value)!r} is read",
                self._span(event),
                path,
            )

    def _check_depth(self, path: DataPath, event: yaml.Event) -> None:
        if len(path) >= MOST_LEVELS:
            raise Unreadable(
                Problem(
                    "nesting-too-deep",
                    f"more than {MOST_LEVELS} levels of nesting",
                    self._span(event),
                    suggestion="a contract needs about six levels; flatten the data",
                )
            )

    def _span(self, event: yaml.Event) -> Span:
        """Place of an event; libyaml counts a line too many at the end of a file."""
        start, end = event.start_mark, event.end_mark
        assert start is not None  # libyaml marks every event
        assert end is not None
        first = min((start.line + 1, start.column + 1), self._last)
        last = min((end.line + 1, end.column + 1), self._last)
        return Span(*first, *last)

    def _problem(self, rule: str, message: str, span: Span, path: DataPath) -> None:
        self.problems.append(Problem(rule, message, span, _dotted(path), _REMEDIES[rule]))


_REMEDIES = {
    "yaml-tag": "quote the text, or delete the tag",
    "merge-key": "write the keys out",
    "bad-alias": "quote a text that begins with `*`, or write the value out",
    "text-cut": "quote the whole text, or put the comment on a line of its own",
}


def _dotted(path: DataPath) -> str:
    return ".".join(map(str, path))


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"...{text[-37:]}"
