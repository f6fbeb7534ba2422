"""Process: one worker of the prover, which may hang, crash or be ended at any time."""

from __future__ import annotations

import importlib.util
import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from pv import patched
from pv.proof.messages import Message, decode, encode
from pv.run.cells import Plan
from pv.run.runner import environment, pytest_command
from pv.workspace import Workspace

_PLUGIN = "pv.proof.worker"


class OverdueError(Exception):
    """The worker did not answer in time."""


class WorkerProcess:
    """A pytest session in a process group of its own, at the other end of two pipes."""

    def __init__(
        self, plan: Plan, workspace: Workspace, folder: Path, patch: Path | None = None
    ) -> None:
        their_reader, our_writer = os.pipe()
        our_reader, their_writer = os.pipe()
        self._writer, self._reader = our_writer, our_reader
        self._pending = b""
        self._is_ended = False
        self._log = folder / "output"
        with self._log.open("wb") as output:
            self._child = subprocess.Popen(
                _command(plan, workspace, folder, (their_reader, their_writer), patch),
                cwd=workspace.root,
                env=environment()
                | ({patched.VARIABLE: patched.together_with(patch)} if patch else {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(their_reader, their_writer),
                start_new_session=True,
            )
        os.close(their_reader)
        os.close(their_writer)

    def send(self, message: Message) -> None:
        """Tell the worker what to do; one that is gone is noticed when it does not answer."""
        with suppress(BrokenPipeError):
            os.write(self._writer, encode(message))

    def receive(self, deadline: float | None) -> Message | None:
        """The next message; None where the worker ended. Raises OverdueError at ``deadline``."""
        while b"\n" not in self._pending:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._reader], [], [], wait)[0]:
                raise OverdueError
            received = os.read(self._reader, 1 << 16)
            if not received:
                return None
            self._pending += received
        line, _, self._pending = self._pending.partition(b"\n")
        return decode(line)

    def output(self) -> str:
        """What the worker printed last."""
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return "\n".join(lines[-20:])

    def end_group(self) -> None:
        """End its processes, from whatever thread."""
        if not self._is_ended:  # else the number may be another's by now
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def end(self) -> None:
        """End the worker and everything that it started."""
        if self._is_ended:
            return
        self.end_group()
        self._is_ended = True
        self._child.wait()
        os.close(self._reader)
        os.close(self._writer)


def _command(
    plan: Plan, workspace: Workspace, folder: Path, pipes: tuple[int, int], patch: Path | None
) -> list[str]:
    command = pytest_command(plan, workspace, folder, patched.LAUNCHER if patch else ())
    alone = ("-n", "0") if importlib.util.find_spec("xdist") else ()
    told = f"--pv-proof={pipes[0]},{pipes[1]},{patch or ''}"
    return [*command, "-p", _PLUGIN, told, *alone]
