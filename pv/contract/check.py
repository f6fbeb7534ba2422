"""Check: Document -> LoadedContract. Validate, report, patch, and validate again.

One bad thing gives one problem: what is refused is left out, and the rest is still judged. An
entry that cannot do without the part that was left out goes with it, without a second problem.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from pv.contract import shape
from pv.contract.document import DataPath, Document, LoadedContract, Problem, Span
from pv.contract.keys import refuse_key
from pv.contract.model import Contract
from pv.contract.patch import Patch
from pv.contract.schema import adapter
from pv.contract.values import refuse_value

# A validation error: pydantic's name of it, and the path that it is about.
_Error = tuple[str, DataPath]
_UNKNOWN_KEY = "unexpected_keyword_argument"


def check(document: Document) -> LoadedContract:
    """Judge the form of ``document``; the contract is None where its top cannot be saved."""
    name = PurePosixPath(document.path).stem
    problems = list(document.problems)
    while isinstance(document.data, dict):
        contract, errors = _validate(document.data)
        if contract is not None:
            return LoadedContract(name, document, contract, tuple(problems))
        verdict = _Pass(document)
        verdict.judge(errors)
        problems += verdict.problems
        if () in verdict.patch.dropped:
            break
        document = verdict.patch.apply(document)
    return LoadedContract(name, document, None, tuple(problems))


def _validate(data: dict[str, Any]) -> tuple[Contract | None, list[_Error]]:
    try:
        return adapter().validate_json(json.dumps(data)), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return None, [(e["type"], _path(e["type"], e["loc"])) for e in found]


def _path(kind: str, loc: tuple[str | int, ...]) -> DataPath:
    return loc if kind == _UNKNOWN_KEY else shape.known_part(loc)


class _Pass:
    """The errors of one validation, as problems and as the patch that takes them away."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self.patch = Patch()
        self._document = document

    def judge(self, errors: Iterable[_Error]) -> None:
        """Unknown keys first: one of them may be the misspelling of a key that is missing."""
        missing: dict[DataPath, list[str]] = {}
        judged: set[DataPath] = set()
        for kind, path in sorted(errors, key=lambda error: error[0] != _UNKNOWN_KEY):
            if kind == _UNKNOWN_KEY:
                self.problems += refuse_key(self._document, path, self.patch)
            elif kind == "missing":
                missing.setdefault(path[:-1], []).append(str(path[-1]))
            elif path not in judged:  # each member of a union complains
                judged.add(path)
                self.problems += refuse_value(self._document, path, kind, self.patch)
        for path, keys in missing.items():
            self._missing(path, keys)

    def _missing(self, path: DataPath, keys: list[str]) -> None:
        meant = {(*old[:-1], new) for old, new in self.patch.renamed.items()}
        keys = [key for key in keys if (*path, key) not in meant]
        if not keys:
            return
        self.patch.dropped.add(path)
        known = self._document.dropped | self.patch.missed
        keys = [key for key in keys if (*path, key) not in known]
        if keys and (*path, "<<") not in known:
            self.problems.append(self._missing_problem(path, keys))

    def _missing_problem(self, path: DataPath, keys: list[str]) -> Problem:
        subject = self._document.subject(path)
        names = ", ".join(f"`{key}`" for key in keys)
        plural = "s" if len(keys) > 1 else ""
        span = self._document.keys.get(path) or self._document.values.get(path, Span(1, 1, 1, 1))
        return Problem(
            "missing-key",
            f"{subject or 'the contract'} lacks the required key{plural} {names}",
            span,
            ".".join(filter(None, (subject, *keys))),
            f"add {names}",
        )
