"""Load: contract files -> LoadedContracts, cached by content. Any bytes give a result."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pv.cache import Cache, digest
from pv.contract.document import Document, LoadedContract, Problem, Span
from pv.exit_code import UsageError
from pv.finding import path_in


def load_contract(file: Path, relative: str) -> LoadedContract:
    """Read one contract; ``relative`` is the path that its findings show."""
    try:
        return parse_contract(_bytes(file), relative)
    except _UnreadableError as error:
        raise UsageError(f"{file}: {error}") from error


def load_contracts(root: Path, files: Iterable[Path], cache: Cache) -> tuple[LoadedContract, ...]:
    """Read contracts; those whose bytes are known from an earlier run are not parsed again.

    One that cannot be read is a contract with a problem: the others are judged all the same.
    """
    return tuple(_loaded(file, path_in(root, file), cache) for file in files)


def parse_contract(data: bytes, relative: str) -> LoadedContract:
    """Judge the form of a contract's bytes."""
    # A warm load must not pay for importing the parser and the validator.
    from pv.contract.check import check
    from pv.contract.yaml import load

    return check(load(data, relative))


class _UnreadableError(Exception):
    """Why the bytes of a file cannot be had."""


def _loaded(file: Path, relative: str, cache: Cache) -> LoadedContract:
    shown = os.fsencode(relative).decode("utf-8", "backslashreplace")
    try:
        if shown != relative:
            raise _UnreadableError("its name is not UTF-8, so no report can name it")
        return _cached(_bytes(file), relative, cache)
    except _UnreadableError as error:
        span, remedy = Span(1, 1, 1, 1), "correct, rename or remove it"
        problem = Problem("unreadable-file", str(error), span, suggestion=remedy)
        return LoadedContract(
            PurePosixPath(shown).stem, Document(shown, "", None), None, (problem,)
        )


def _cached(data: bytes, relative: str, cache: Cache) -> LoadedContract:
    key = ("contract", digest(data), relative)
    return cache.get(key, lambda: parse_contract(data, relative))


def _bytes(file: Path) -> bytes:
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise _UnreadableError("not a file")
        return file.read_bytes()
    except FileNotFoundError as error:
        what = "a link to nothing" if file.is_symlink() else "no such file"
        raise _UnreadableError(what) from error
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror}") from error
