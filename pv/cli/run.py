"""``pv run``: do the predictions hold, on every implementation?"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from pv.cli.options import require_live_option, result_format_option
from pv.cli.output import is_terminal, write
from pv.exit_code import ExitCode


@click.command("run")
@click.argument("contracts", nargs=-1, metavar="[CONTRACT...]")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Spread the tests over N processes (needs pytest-xdist).",
)
@require_live_option
@result_format_option
def run_command(
    contracts: tuple[str, ...], workers: int | None, require_live: bool, output_format: str
) -> ExitCode:
    """Run the falsifiers of the project, each on every implementation that it covers.

    CONTRACT is a contract's name (its file's stem), a path, or a directory; without any, all run.
    A falsifier passes when every case of every test it cites passed, evaluated an assertion and
    entered the implementation. A skip, an expected failure or a missing test is red. What ran is
    recorded in .pv/evidence, which `pv status` reads.

    \b
    Examples:
      pv run
      pv run softmax-kernel-v1 contracts/gqa-kernel-v1.yaml
      pv run --workers 4 --format json > result.json

    \b
    Exit codes:
      0  every falsifier that ran passed   1  findings
      2  wrong usage, or pytest is set up so that its result cannot be believed
      3  nothing was executed, or a world that is required is absent
      4  internal error
    """
    from pv.run.runner import Options, run
    from pv.run.scoreboard import explanations, summary, table, text

    is_shown = output_format == "text" and is_terminal() and sys.stderr.isatty()
    options = Options(workers=workers or 0, require_live=require_live, is_shown=is_shown)
    result = run(Path.cwd(), contracts, options)
    if output_format == "json":
        from pv.run.as_json import render

        write(render(result))
    elif is_terminal():
        width = shutil.get_terminal_size().columns
        lines = [table(result, width).rstrip(), *explanations(result), summary(result)]
        write("\n".join(lines) + "\n")
    else:
        write(text(result))
    return result.exit_code
