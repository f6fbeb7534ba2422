"""``pv gate``: every check, one verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pv.cli.options import require_live_option, result_format_option, workers_option
from pv.cli.output import is_terminal, write
from pv.cli.progress import show_progress
from pv.exit_code import ExitCode

if TYPE_CHECKING:
    from pv.gate.gate import Step

_SHOWN = 3

_WORDS = {
    ExitCode.CLEAN: "clean",
    ExitCode.FINDINGS: "findings",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.NOTHING_JUDGED: "nothing judged",
    ExitCode.INTERNAL: "internal error",
}


@click.command("gate")
@click.argument("directory", type=click.Path(path_type=Path), default=".", metavar="[DIR]")
@click.option(
    "--base",
    default="",
    metavar="REF",
    help="Nothing may be weaker than where this branch left REF; HEAD without it.",
)
@require_live_option
@workers_option
@result_format_option
def gate_command(
    directory: Path, base: str, require_live: bool, workers: int | None, output_format: str
) -> ExitCode:
    """Judge a project: validate, lint --strict-test-binding, run, prove, status, base.

    Every step is taken, whatever the others say. What has no fresh proof in evidence/ is proven,
    and so is a tenth of the rest, drawn by the commit's hash; the other proofs are read from
    their records. What was shown is kept in evidence/, to be committed. In a git repository the
    last step finds what is weaker than at the base: a falsifier or a mutant that is gone, a bound
    that was raised, a fault that is no longer noticed. The project is found from DIR as `pv lint`
    does.

    \b
    Examples:
      pv gate
      pv gate --base origin/main
      pv gate --format json > gate.json

    \b
    Exit codes, the worst of the steps by 4 > 2 > 1 > 3 > 0:
      0  every step is clean              1  findings
      2  wrong usage or configuration     3  nothing was judged
      4  internal error
    """
    from pv.gate import gate
    from pv.gate.check import open_project
    from pv.report.json import dump

    workspace, is_text = open_project(directory), output_format == "text"
    is_shown = is_text and is_terminal() and sys.stderr.isatty()
    options = gate.Options(
        base=base,
        require_live=require_live,
        workers=workers or 0,
        on_progress=show_progress if is_shown else None,
    )
    taken = []
    for name in gate.STEPS:
        if is_text:
            write(f"== {name}\n")
        step = gate.take(name, workspace, options)
        taken.append(step)
        if step.trace:
            click.echo(step.trace, err=True)
        if is_text:
            write(step.text)
    if is_text:
        write(_verdict(taken))
    else:
        write(dump(gate.as_data(taken)))
    return gate.verdict(taken)


def _verdict(taken: list[Step]) -> str:
    from pv.gate.gate import slowest, verdict

    code = verdict(taken)
    ends = ", ".join(f"{step.name} {int(step.exit_code)}" for step in taken)
    times = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in slowest(taken)[:_SHOWN])
    return f"== gate\nslowest: {times}\nexit {int(code)} ({_WORDS[code]}): {ends}\n"
