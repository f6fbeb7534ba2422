"""Resolve a citation (``path::function``) to the function it names, or say why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from pv.binding.citation import Citation, parse_citation
from pv.binding.collection import opaque_decorator, why_not_collected
from pv.binding.index import Index
from pv.binding.module import Function, Module
from pv.binding.rename import renamed_to
from pv.binding.verdict import Unresolved, Verdict
from pv.contract.document import DataPath, LoadedContract
from pv.contract.model import Falsifier


@dataclass(frozen=True, slots=True)
class Binding:
    """One citation of one falsifier, and what it resolved to."""

    loaded: LoadedContract
    falsifier: Falsifier
    citation: str
    where: DataPath
    target: Function | Unresolved

    @property
    def function(self) -> Function | None:
        """The function, where the citation names one that pytest runs."""
        return self.target if isinstance(self.target, Function) else None


def bind(contracts: tuple[LoadedContract, ...], index: Index) -> tuple[Binding, ...]:
    """Resolve every citation of every contract that loaded."""
    return tuple(
        Binding(loaded, falsifier, citation, where, resolve(citation, index))
        for loaded in contracts
        for entry, falsifier in loaded.falsifiers
        for citation, where in _citations(entry, falsifier)
    )


def resolve(text: str, index: Index) -> Function | Unresolved:
    """The one function that ``text`` names and pytest would run, or why there is none."""
    citation = parse_citation(text)
    if isinstance(citation, Unresolved):
        return citation
    module = index.module(citation.path)
    if module is None:
        return _missing_file(citation, index)
    if (
        not (index.workspace.root / citation.path)
        .resolve()
        .is_relative_to(index.workspace.root.resolve())
    ):
        return Unresolved(Verdict.PATH_ESCAPE, f"{citation.path} is a link out of the project")
    if module.error is not None:
        return Unresolved(Verdict.UNPARSABLE, f"{citation.path} does not parse: {module.error}")
    return _in_module(citation, module, index)


def _citations(entry: DataPath, falsifier: Falsifier) -> list[tuple[str, DataPath]]:
    """Each citation with its place in the document."""
    if isinstance(falsifier.test, str):
        return [(falsifier.test, (*entry, "test"))]
    return [(text, (*entry, "test", i)) for i, text in enumerate(falsifier.citations)]


def _in_module(citation: Citation, module: Module, index: Index) -> Function | Unresolved:
    same = [f for f in module.functions if f.name == citation.function]
    wanted = "class" if citation.class_name else "module"
    found = [f for f in same if f.container == wanted and f.class_name == citation.class_name]
    if not found:
        return _missing_function(citation, module, same, index)
    function = found[-1]
    return _blocked(citation, function, found, module, index) or function


def _blocked(
    citation: Citation, function: Function, found: list[Function], module: Module, index: Index
) -> Unresolved | None:
    """What keeps pytest from running ``function`` under this citation."""
    name = citation.class_name or citation.function
    final, line = module.final_names.get(name), module.final_lines.get(name)
    if final == "deleted":
        return Unresolved(Verdict.NOT_COLLECTED, f"{name} is deleted again in line {line}")
    if len(found) > 1:
        lines = ", ".join(str(f.span.line) for f in found)
        return Unresolved(
            Verdict.SHADOWED, f"{citation.function} is defined more than once (lines {lines})"
        )
    classes = [c for c in module.classes if c.name == citation.class_name]
    if final != ("class" if citation.class_name else "function") or len(classes) > 1:
        return Unresolved(Verdict.SHADOWED, f"{name} is given another meaning in line {line}")
    if not index.workspace.is_in("falsifiers", index.workspace.root / module.path):
        return Unresolved(
            Verdict.NOT_COLLECTED,
            f"{module.path} lies in none of the directories of tests "
            f"({', '.join(index.workspace.config.falsifiers)})",
            "move it there, or name its directory in `falsifiers` of [tool.pv]",
        )
    if reason := why_not_collected(function, module, index.workspace.pytest):
        return Unresolved(
            Verdict.NOT_COLLECTED, f"pytest does not collect {citation.function}: {reason}"
        )
    if decorator := opaque_decorator(function, module):
        return Unresolved(
            Verdict.NOT_STATIC,
            f"decorator @{decorator} may replace {citation.function}",
            "only pytest marks and Hypothesis decorators leave a test what it is",
        )
    return None


def _missing_file(citation: Citation, index: Index) -> Unresolved:
    message = f"there is no file {citation.path}"
    if elsewhere := _found_elsewhere(citation, index):
        return Unresolved(Verdict.MISSING, message, elsewhere)
    paths = [module.path for module in index.tests()]
    return Unresolved(Verdict.MISSING, message, _did_you_mean(citation.path, paths))


def _missing_function(
    citation: Citation, module: Module, same: list[Function], index: Index
) -> Unresolved:
    name, path = citation.function, citation.path
    for function in same:
        if function.container == "nested":
            return Unresolved(
                Verdict.MISSING,
                f"{name} is defined inside another function (line {function.span.line}), "
                "where pytest does not see it",
                "move it to the top level of the file",
            )
        if function.container == "conditional":
            return Unresolved(
                Verdict.NOT_STATIC,
                f"{name} is defined only under a condition (line {function.span.line})",
                "define it at the top level of the file",
            )
        kind = "method" if function.class_name else "function"
        return Unresolved(
            Verdict.MISSING, f"{name} is a {kind} in {path}", f"write {function.node_id}"
        )
    if module.final_names.get(name) in ("import", "assigned"):
        line = module.final_lines[name]
        return Unresolved(
            Verdict.NOT_STATIC,
            f"{name} is not defined in {path} but {module.final_names[name]} (line {line})",
            "cite the file that defines it",
        )
    message = f"{path} defines no {name}{_only_mentioned(name, module, index)}"
    hint = (
        _renamed(citation, module, index)
        or _found_elsewhere(citation, index)
        or _did_you_mean(name, [f.name for f in module.functions if f.container != "nested"])
        or _did_you_mean(name, [f.name for m in index.tests() for f in m.functions])
    )
    return Unresolved(Verdict.MISSING, message, hint)


def _only_mentioned(name: str, module: Module, index: Index) -> str:
    text = index.source(module.path).decode("utf-8", "replace")
    match = re.search(rf"\b{re.escape(name)}\b", text)
    if match is None:
        return ""
    line = text.count("\n", 0, match.start()) + 1
    return f"; the name stands in line {line}, but not as a definition"


def _renamed(citation: Citation, module: Module, index: Index) -> str:
    new = renamed_to(citation.function, module, index.workspace.root)
    return f"it was renamed: its body at HEAD is now {new}" if new else ""


def _found_elsewhere(citation: Citation, index: Index) -> str:
    for module in index.tests():
        for function in module.functions:
            if function.name == citation.function and function.container in ("module", "class"):
                return f"found in another file: write {function.node_id}"
    return ""


def _did_you_mean(name: str, candidates: list[str]) -> str:
    near = get_close_matches(name, candidates, n=1)
    return f"did you mean {near[0]}?" if near else ""
