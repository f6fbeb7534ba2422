"""The ``cli`` fixture: run a command of the project the way its user would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pv import patched


@dataclass(frozen=True, slots=True)
class CliResult:
    """What a command said and how it ended."""

    exit_code: int
    stdout: str
    stderr: str


class Cli:
    """``cli("pv", "validate", path)`` runs ``python -m pv validate path`` in the project root."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(
        self,
        module: str,
        /,
        *arguments: str | os.PathLike[str],
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 600,
    ) -> CliResult:
        """Run ``module`` with ``arguments``; no shell, output captured, ``env`` added to ours.

        ``module`` is that of this project in another directory ``cwd``, too.
        """
        # Under a fault the command must run the faulty code as well.
        launcher = ("-m", patched.__name__) if patched.is_active() else ("-m",)
        command = [sys.executable, *launcher, module, *(os.fspath(a) for a in arguments)]
        ours = dict(os.environ)
        if cwd is not None:
            path = (os.fspath(self._root), ours.get("PYTHONPATH"))
            ours["PYTHONPATH"] = os.pathsep.join(filter(None, path))
        done = subprocess.run(
            command,
            cwd=cwd or self._root,
            input=stdin,
            env={**ours, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
        return CliResult(done.returncode, done.stdout, done.stderr)
