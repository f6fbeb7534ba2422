"""Base: a project as it was at a commit, read from git's own objects and never checked out."""

from __future__ import annotations

import os
import posixpath
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pv.contract.document import LoadedContract
from pv.contract.load import parse_contract
from pv.evidence.ledger import COMMITTED
from pv.exit_code import UsageError
from pv.git import READ, Repository, blobs
from pv.workspace import Config, Workspace, is_contract

OPTION = "--base"

_LINK = "120000"
# Without --full-tree a tree is listed as if it were that of the whole repository.
_LIST = ("ls-tree", "-r", "-z", "--full-tree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a project claimed and had shown at ``commit``."""

    commit: str
    """Full id."""
    contracts: tuple[LoadedContract, ...]
    records: Mapping[str, str]
    """Text of each committed record by project-relative path."""


def read_base(workspace: Workspace, ref: str) -> Base:
    """The project as it was where HEAD left ``ref``, with the configuration that it had then.

    What ``ref`` has gained since is not missed in a branch that does not have it yet.
    A directory that was not there is empty: a project that is new since then had no contracts.
    """
    repository = Repository(workspace.root, OPTION)
    tree = _Tree(repository, repository.fork(ref), repository.prefix())
    contracts: dict[str, bytes] = {}
    for name in _contract_directories(tree, ref):
        directory = os.path.relpath(workspace.root / name, workspace.root)
        contracts |= tree.read(directory, is_contract)
    return Base(
        commit=tree.commit,
        contracts=tuple(parse_contract(data, path) for path, data in sorted(contracts.items())),
        records={
            path: data.decode("utf-8", "replace")
            for path, data in tree.read(COMMITTED, lambda path: path.suffix == ".json").items()
        },
    )


def _contract_directories(tree: _Tree, ref: str) -> tuple[str, ...]:
    """``[tool.pv] contracts`` of the base: a change of it must not take contracts out of sight.

    Other options are not looked at: the base may have some that this version does not know.
    """
    match _pyproject(tree, ref):
        case {"tool": {"pv": {"contracts": [*names]}}} if all(isinstance(n, str) for n in names):
            return tuple(names)
        case {"tool": {"pv": {"contracts": _}}}:
            raise _unreadable(ref, "[tool.pv] contracts must be a list of strings")
    return Config().contracts


def _pyproject(tree: _Tree, ref: str) -> dict[str, object]:
    data = tree.file("pyproject.toml")
    try:
        return tomllib.loads((data or b"").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(ref, f"not valid TOML: {error}") from error


def _unreadable(ref: str, why: str) -> UsageError:
    return UsageError(
        f"{OPTION} {ref}: its pyproject.toml: {why}; name a commit whose configuration is valid"
    )


@dataclass(frozen=True, slots=True)
class _Tree:
    """The files of one commit; every path is relative to the project, as in findings."""

    repository: Repository
    commit: str
    prefix: str

    def file(self, path: str) -> bytes | None:
        """Content of one file; None where there is none."""
        return next(self._contents([self._name(path)]))

    def read(self, directory: str, is_wanted: Callable[[PurePosixPath], bool]) -> dict[str, bytes]:
        """Content of each file below ``directory`` whose path from there is wanted."""
        objects = {
            path: (self._name(posixpath.join(directory, path)) if mode == _LINK else name)
            for mode, name, path in self._listing(directory)
            if is_wanted(PurePosixPath(path))
        }
        found = zip(objects, self._contents(objects.values()), strict=True)
        return {
            posixpath.normpath(posixpath.join(directory, path)): data
            for path, data in found
            if data is not None
        }

    def _listing(self, directory: str) -> Iterator[tuple[str, str, str]]:
        """Mode, object and path of each file below ``directory``, which may be a link to one."""
        asked = os.fsencode(self._name(directory))
        found = self.repository.output(*READ, "--batch-check", given=asked + b"\n").split()
        if found[1:2] != [b"tree"]:
            return
        for entry in self.repository.names(*_LIST, os.fsdecode(found[0])):
            about, _, path = entry.partition("\t")
            mode, _, name = about.split(" ")
            yield mode, name, path

    def _contents(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """Content of each object, None where there is no such file."""
        given = b"".join(os.fsencode(name) + b"\n" for name in names)
        return blobs(self.repository.output(*READ, "--batch", given=given))

    def _name(self, path: str) -> str:
        """Git's name of the object at ``path``."""
        whole = posixpath.normpath(posixpath.join(self.prefix, path))
        if whole.split("/")[0] == ".." or "\n" in whole:
            raise UsageError(
                f"{self.repository.option}: {path!r} cannot be looked up in a commit: it lies "
                "outside the repository, or its name holds a line break; move or rename it"
            )
        return f"{self.commit}:{'' if whole == '.' else whole}"
