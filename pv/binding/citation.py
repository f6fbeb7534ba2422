"""The grammar of a citation: ``path.py::function`` or ``path.py::Class::method``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pv.binding.verdict import Unresolved, Verdict

_CITATION = re.compile(r"(?P<path>[^\s:\[\]]+\.py)::(?:(?P<cls>\w+)::)?(?P<function>\w+)")
_PINNED = re.compile(r"(?P<function>[^\s\[]+::\w+)\[.*\]", re.DOTALL)
_FORM = "path/to/test_file.py::function"


@dataclass(frozen=True, slots=True)
class Citation:
    """A well-formed citation; whether it names anything is another question."""

    path: str
    class_name: str | None
    function: str


def parse_citation(text: str) -> Citation | Unresolved:
    """Read a citation, or say what it is instead and how to write it."""
    if pinned := _PINNED.fullmatch(text):
        return Unresolved(
            Verdict.PARAM_PINNED,
            f"cites one case of a parametrised test: {text!r}",
            f"cite the function, all its cases must pass: {pinned['function']}",
        )
    if is_bare_name(text):
        return Unresolved(Verdict.BARE_NAME, f"is a bare name, not a citation: {text!r}")
    if _is_path_like(text) and _escapes(text.split("::")[0]):
        return Unresolved(
            Verdict.PATH_ESCAPE,
            f"cites a path that is not plain and inside the project: {text!r}",
            "write the path relative to the project root, with / and without . or ..",
        )
    if match := _CITATION.fullmatch(text):
        return Citation(match["path"], match["cls"], match["function"])
    if text.endswith(".py") and not re.search(r"\s", text):
        return Unresolved(
            Verdict.INCOMPLETE, f"cites a file, not a function: {text!r}", f"write {text}::function"
        )
    return Unresolved(
        Verdict.PROSE,
        f"is not a citation, nothing would run: {text!r}",
        f"write {_FORM}; several tests are a YAML list",
    )


def is_bare_name(text: str) -> bool:
    """True for a function's name alone; a single word of prose has no underscore."""
    return text.isidentifier() and "_" in text


def _is_path_like(text: str) -> bool:
    return not re.search(r"\s", text) and (".py" in text)


def _escapes(path: str) -> bool:
    return (
        "\\" in path
        or path.startswith(("/", "~"))
        or bool(re.match(r"[A-Za-z]:", path))
        or any(part in ("", ".", "..") for part in path.split("/"))
    )
