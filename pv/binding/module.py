"""Module, Function: the facts about one Python file that rules need, without its AST.

The small ones are named tuples: a cache holds thousands, and those load several times faster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from pv.contract.document import Span


class Assertion(NamedTuple):
    """One place in a function that can turn it red."""

    span: Span
    text: str
    constant: bool
    """The outcome does not depend on anything that runs."""
    reachable: bool
    """Nothing above it in its block leaves the function."""
    swallowed: bool
    """A handler around it catches the failure."""


class Literal(NamedTuple):
    """A number written in a function."""

    span: Span
    value: float


class Mark(NamedTuple):
    """A decorator, marker or call, by its dotted name."""

    span: Span
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or method definition.

    ``container`` is "module", "class" (a method of a top-level class) or "nested" (inside
    anything else, where pytest never sees it).
    """

    path: str
    name: str
    class_name: str | None
    container: str
    span: Span
    parameters: tuple[str, ...]
    decorators: tuple[Mark, ...]
    is_async: bool
    is_generator: bool
    is_empty: bool
    """Nothing but a docstring, pass, ... or raise NotImplementedError."""
    body_digest: str
    """Digest of the code without name, docstring and comments: a rename keeps it."""
    assertions: tuple[Assertion, ...]
    calls: tuple[Mark, ...]
    names: frozenset[str]
    """Dotted names that are read."""
    keys: frozenset[tuple[str, str]]
    """Subscripts by a string constant: (dotted name, key)."""
    literals: tuple[Literal, ...]

    @property
    def node_id(self) -> str:
        """pytest's name for the function, without a case."""
        parts = (self.path, self.class_name, self.name)
        return "::".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDef:
    """A top-level class."""

    name: str
    span: Span
    bases: tuple[str, ...]
    decorators: tuple[Mark, ...]
    has_init: bool
    marks: tuple[Mark, ...]
    """What ``pytestmark`` in its body is set to."""
    is_test: bool | None
    """What its body sets ``__test__`` to, as a truth; None where it does not."""


class Import(NamedTuple):
    """``name`` in this file is ``attribute`` of ``module`` (the module itself where empty)."""

    name: str
    module: str
    attribute: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """Facts about one file. ``error`` is set, and the rest empty, where it does not parse."""

    path: str
    digest: str
    error: str | None = None
    error_span: Span = Span(1, 1, 1, 1)
    functions: tuple[Function, ...] = ()
    classes: tuple[ClassDef, ...] = ()
    imports: tuple[Import, ...] = ()
    final_names: dict[str, str] = field(default_factory=dict)
    """What each top-level name is in the end: function, class, import, assigned or deleted."""
    final_lines: dict[str, int] = field(default_factory=dict)
    """Line that gave each top-level name its final meaning."""
    constants: dict[str, tuple[Literal, ...]] = field(default_factory=dict)
    """Numbers in what each top-level name is assigned."""
    marks: tuple[Mark, ...] = ()
    """What ``pytestmark`` is set to, and skips called while the file is imported."""
    is_opted_out: bool = False
    """``__test__ = False`` at the top level."""

    def lineage(self, name: str | None) -> tuple[ClassDef, ...]:
        """The class of this name, and its bases as far as this file defines them, nearest first."""
        found: dict[str, ClassDef] = {}
        todo = [name]
        while todo:
            wanted = todo.pop(0)
            for definition in self.classes:
                if definition.name == wanted and wanted not in found:
                    found[wanted] = definition
                    todo[:0] = definition.bases
        return tuple(found.values())

    @property
    def directory(self) -> str:
        """Directory of the file, from which its plain imports may be resolved."""
        return self.path.rpartition("/")[0] or "."
