"""``pv``: the group of commands, and what every outcome is as an exit code."""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from pv import __version__
from pv.cli.output import discard_output
from pv.exit_code import ExitCode, UsageError

# What a shell reports of a program that the signal of that name ended.
_INTERRUPTED = 130
_HUNG_UP = 141

# Where each command lives. A module is imported when its command is asked for.
_COMMANDS = {
    "validate": "pv.cli.validate:validate_command",
    "lint": "pv.cli.lint:lint_command",
    "run": "pv.cli.run:run_command",
    "prove": "pv.cli.prove:prove_command",
    "status": "pv.cli.status:status_command",
    "gate": "pv.cli.gate:gate_command",
    "schema": "pv.cli.schema:schema_command",
}


class _LazyGroup(click.Group):
    """A group that imports the one command it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a contract meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pv")
def pv() -> None:
    """Read contracts, bind their falsifiers to pytest functions, run them, judge.

    \b
    Start with:
      pv gate                        everything below, one verdict
      pv validate contracts/         is every contract well formed?
      pv lint --strict-test-binding  does every falsifier name a test that can fail?
      pv run                         run the falsifiers on every implementation
      pv prove                       show that each of them can fail

    \b
    Exit codes, the same in every output format:
      0  judged and clean
      1  findings
      2  wrong usage or configuration; a path that does not exist
      3  nothing was judged
      4  internal error
    """


def _terminate(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    # A plain SIGTERM would leave the pytest that `pv run` started behind.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = pv.main(arguments, prog_name="pv", standalone_mode=False)
        return int(code or 0)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except UsageError as error:
        click.echo(f"pv: {error}", err=True)
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return _HUNG_UP
    except Exception:
        traceback.print_exc(file=sys.stderr)
        click.echo("pv: internal error: nothing that was printed above is a verdict", err=True)
        return ExitCode.INTERNAL
