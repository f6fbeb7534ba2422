"""Dotted names as the file's imports make them: ``np.testing.x`` is ``numpy.testing.x``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pv.binding.module import Import, Mark
from pv.contract.document import Span


def span_of(node: ast.stmt | ast.expr) -> Span:
    """1-based span of a node."""
    line, column = node.lineno, node.col_offset + 1
    return Span(line, column, node.end_lineno or line, (node.end_col_offset or 0) + 1)


def imports_of(tree: ast.Module, path: str) -> Iterator[Import]:
    """Every import of the file, also those inside functions; relative ones made absolute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield Import(alias.asname, alias.name, "", node.lineno)
                else:
                    yield Import(
                        alias.name.split(".")[0], alias.name.split(".")[0], "", node.lineno
                    )
                    if "." in alias.name:  # binds the top, but loads the submodule too
                        yield Import(alias.name, alias.name, "", node.lineno)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, path)
            for alias in node.names:
                yield Import(alias.asname or alias.name, module, alias.name, node.lineno)


def _absolute(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    package = path.removesuffix(".py").split("/")[: -node.level]
    if package and package[0] == "src":
        del package[0]
    return ".".join([*package, *filter(None, [node.module])])


def dotted(node: ast.expr, aliases: Mapping[str, str]) -> str:
    """Canonical dotted name of a name, attribute or call's callee; empty for anything else."""
    if isinstance(node, ast.Call):
        return dotted(node.func, aliases)
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(attributes)])


def mark(node: ast.expr, aliases: Mapping[str, str]) -> Mark:
    """A decorator, marker or call as a Mark."""
    return Mark(span_of(node), dotted(node, aliases), ast.unparse(node))


def marks_in(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[Mark]:
    """Every call inside ``node``."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield mark(inner, aliases)
