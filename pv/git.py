"""Git: questions to the repository that a project lies in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pv.exit_code import UsageError

# What git tells its hooks about the repository that runs them, which may not be the project's.
_OF_ANOTHER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
# Reads objects by name; what a link in the commit leads to is read as well.
READ = ("cat-file", "--follow-symlinks")
# Seconds for an answer that is only nice to have.
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository around ``root``; ``option`` is what on the command line asks for it."""

    root: Path
    option: str

    def commit(self, ref: str) -> str:
        """Full id of the commit that ``ref`` names: safe as an argument, whatever ``ref`` is."""
        shallow = self._ask("rev-parse", "--is-shallow-repository")
        if shallow.returncode:
            raise UsageError(
                f"{self.option} {ref}: {self.root} is in no git repository that can be read: "
                f"{_reason(shallow)}; run pv in a clone, or leave {self.option} out"
            )
        found = self._ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        commit = os.fsdecode(found.stdout.strip())
        if not commit.isalnum():  # of `^main` git makes a `^` and an id, and finds nothing there
            is_shallow = shallow.stdout.strip() == b"true"
            remedy = "name a branch, tag or commit that is there, or fetch it first"
            if is_shallow:
                remedy = "this clone is shallow: `git fetch --unshallow`, or in CI fetch-depth: 0"
            raise UsageError(f"{self.option} {ref}: no such commit in {self.root}; {remedy}")
        return commit

    def fork(self, ref: str) -> str:
        """Full id of the last commit that ``ref`` and HEAD have in common."""
        commit = self.commit(ref)
        found = self._ask("merge-base", commit, "HEAD")
        if found.returncode:
            raise UsageError(
                f"{self.option} {ref}: it has no commit in common with HEAD; name a branch that "
                "this one came from, and fetch its whole history"
            )
        return os.fsdecode(found.stdout.strip())

    def prefix(self) -> str:
        """Where the project lies in the repository: empty, or a path that ends with a slash."""
        return os.fsdecode(self.output("rev-parse", "--show-prefix").removesuffix(b"\n"))

    def names(self, *arguments: str) -> tuple[str, ...]:
        """The names that git prints with ``-z``."""
        return tuple(os.fsdecode(name) for name in self.output(*arguments).split(b"\0") if name)

    def output(self, *arguments: str, given: bytes = b"") -> bytes:
        """What git prints when it reads ``given``."""
        done = self._ask(*arguments, given=given)
        if done.returncode:
            raise UsageError(f"{self.option}: git {arguments[0]}: {_reason(done)}")
        return done.stdout

    def _ask(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        try:
            return _run(self.root, *arguments, given=given)
        except FileNotFoundError as error:
            raise UsageError(
                f"{self.option} needs git, and there is no `git` on PATH; install it, "
                f"or leave {self.option} out"
            ) from error


def head(root: Path) -> str:
    """Full id of the commit that is checked out; empty where there is none to ask for."""
    return os.fsdecode((_answer(root, "rev-parse", "HEAD") or b"").strip())


def at_head(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """The files at ``paths`` (from ``root``) as they were committed last; no entry for others."""
    paths = [path for path in paths if "\n" not in path]
    given = b"".join(os.fsencode(f"HEAD:./{path}") + b"\n" for path in paths)
    answer = _answer(root, *READ, "--batch", given=given)
    found = zip(paths, blobs(answer or b""), strict=bool(answer))
    return {path: blob for path, blob in found if blob is not None}


def blobs(answer: bytes) -> Iterator[bytes | None]:
    """What ``cat-file --batch`` said of each name: content, or None where there is no such file."""
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        header, at = answer[at:end], end + 1
        if header.endswith(b" missing"):
            yield None
            continue
        # `OBJECT TYPE SIZE`, or of a link that leads nowhere `PROBLEM SIZE`.
        *about, size = header.split(b" ")
        yield answer[at : at + int(size)] if about[-1] == b"blob" else None
        at += int(size) + 1


def _answer(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What git prints; None where there is no git, no repository or no answer."""
    try:
        done = _run(root, *arguments, given=given, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _run(
    root: Path, *arguments: str, given: bytes = b"", timeout: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if k not in _OF_ANOTHER}
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=environment,
        input=given,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """First line of what git complained of."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else f"exit code {done.returncode}"
