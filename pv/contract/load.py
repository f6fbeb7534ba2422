"""Load: contract files -> LoadedContracts, cached by content. Any bytes give a result."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from pv.cache import Cache, digest
from pv.contract.document import LoadedContract
from pv.exit_code import UsageError
from pv.finding import path_in


def load_contract(file: Path, relative: str) -> LoadedContract:
    """Read one contract; ``relative`` is the path that its findings show."""
    return parse_contract(_bytes(file), relative)


def load_contracts(root: Path, files: Iterable[Path], cache: Cache) -> tuple[LoadedContract, ...]:
    """Read contracts; those whose bytes are known from an earlier run are not parsed again."""
    return tuple(_cached(_bytes(file), path_in(root, file), cache) for file in files)


def parse_contract(data: bytes, relative: str) -> LoadedContract:
    """Judge the form of a contract's bytes."""
    # A warm load must not pay for importing the parser and the validator.
    from pv.contract.check import check
    from pv.contract.yaml import load

    return check(load(data, relative))


def _cached(data: bytes, relative: str, cache: Cache) -> LoadedContract:
    key = ("contract", digest(data), relative)
    return cache.get(key, lambda: parse_contract(data, relative))


def _bytes(file: Path) -> bytes:
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise UsageError(f"{file}: not a file")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"{file}: no such file") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
