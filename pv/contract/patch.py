"""Patch: a document with some entries left out, renamed, or read as text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pv.contract.document import DataPath, Document, Span


@dataclass(slots=True)
class Patch:
    """Changes to a document, by the paths that things have before the change."""

    dropped: set[DataPath] = field(default_factory=set)
    """Entries left out because of a problem."""
    ignored: set[DataPath] = field(default_factory=set)
    """Entries left out because they are nobody's business (`x-` keys)."""
    missed: set[DataPath] = field(default_factory=set)
    """Absent keys whose absence has its finding already."""
    renamed: dict[DataPath, str] = field(default_factory=dict)
    """Key -> the key that was meant."""
    texts: dict[DataPath, str] = field(default_factory=dict)
    """Value -> its source text."""

    def apply(self, document: Document) -> Document:
        """``document`` after the changes; positions move with what they belong to."""
        return _Rebuild(document, self).run()


class _Rebuild:
    """One walk over the data that writes the new tables."""

    def __init__(self, document: Document, patch: Patch) -> None:
        self._old = document
        self._patch = patch
        self._left_out = patch.dropped | patch.ignored
        self._moved: dict[DataPath, DataPath] = {}

    def run(self) -> Document:
        data = self._value(self._old.data, (), ())
        marks = {_mark(path) for path in self._patch.dropped}
        marks |= self._old.dropped | self._patch.missed
        return replace(
            self._old,
            data=data,
            values=self._table(self._old.values),
            keys=self._table(self._old.keys),
            sources={
                self._moved[path]: source
                for path, source in self._old.sources.items()
                if path in self._moved and path not in self._patch.texts
            },
            dropped=frozenset(filter(None, map(self._move_mark, marks))),
        )

    def _value(self, value: Any, old: DataPath, new: DataPath) -> Any:
        self._moved[old] = new
        if old in self._patch.texts:
            return self._patch.texts[old]
        if isinstance(value, dict):
            return dict(self._entries(value, old, new))
        if isinstance(value, list):
            return self._items(value, old, new)
        return value

    def _entries(self, value: dict[str, Any], old: DataPath, new: DataPath) -> Any:
        for key, child in value.items():
            path = (*old, key)
            if path not in self._left_out:
                name = self._patch.renamed.get(path, key)
                yield name, self._value(child, path, (*new, name))

    def _items(self, value: list[Any], old: DataPath, new: DataPath) -> list[Any]:
        items: list[Any] = []
        for i, child in enumerate(value):
            if (*old, i) not in self._left_out:
                items.append(self._value(child, (*old, i), (*new, len(items))))
        return items

    def _table(self, table: dict[DataPath, Span]) -> dict[DataPath, Span]:
        return {self._moved[path]: span for path, span in table.items() if path in self._moved}

    def _move_mark(self, mark: DataPath) -> DataPath | None:
        """A mark may name a key that is gone: what holds it is there, or the mark is void."""
        if mark in self._moved:
            return self._moved[mark]
        holder = self._moved.get(mark[:-1])
        return (*holder, mark[-1]) if holder is not None and mark else None


def _mark(path: DataPath) -> DataPath:
    return path[:-1] if isinstance(path[-1], int) else path
