"""``pv status``: what may be claimed for each contract, and why no more."""

from __future__ import annotations

from pathlib import Path

import click

from pv.cli.options import result_format_option
from pv.cli.output import is_terminal, write
from pv.exit_code import ExitCode


@click.command("status")
@click.argument("contracts", nargs=-1, metavar="[CONTRACT...]")
@result_format_option
def status_command(contracts: tuple[str, ...], output_format: str) -> ExitCode:
    """Compute the status of contracts from the records of what ran.

    CONTRACT is a contract's name (its file's stem), a path, or a directory; without any, all are
    shown. A record counts only while nothing that it depends on has changed: the contract's
    entry, the test and its helpers, the implementation's imports, the mutants, the tool itself.

    \b
    PROPOSED < PARTIAL_ALGORITHM_LEVEL < FUNCTIONAL < DISCHARGED
      PARTIAL_ALGORITHM_LEVEL  every falsifier is bound and green
      FUNCTIONAL               and proven able to fail, on every implementation
      DISCHARGED               and the live ones have fresh records

    \b
    Example:
      pv run && pv status

    \b
    Exit codes:
      0  no contract declares more than is shown
      1  a contract declares more than its bindings allow, or cannot be read
      2  wrong usage    3  no contract, or no evidence yet for what one declares
      4  internal error
    """
    from pv.gate.status import status
    from pv.report.json import dump
    from pv.report.status import as_data, table, tail, text
    from pv.workspace import open_workspace

    report = status(open_workspace(Path.cwd()), contracts)
    if output_format == "json":
        write(dump(as_data(report)))
    elif is_terminal():
        write(table(report) + "\n".join(tail(report)) + "\n")
    else:
        write(text(report))
    return report.exit_code
