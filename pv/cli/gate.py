"""``pv gate``: every check, one verdict."""

from __future__ import annotations

from pathlib import Path

import click

from pv.cli.options import result_format_option
from pv.cli.output import write
from pv.exit_code import ExitCode

_WORDS = {
    ExitCode.CLEAN: "clean",
    ExitCode.FINDINGS: "findings",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.NOTHING_JUDGED: "nothing judged",
    ExitCode.INTERNAL: "internal error",
}


@click.command("gate")
@click.argument("directory", type=click.Path(path_type=Path), default=".", metavar="[DIR]")
@result_format_option
def gate_command(directory: Path, output_format: str) -> ExitCode:
    """Judge a project: validate, lint --strict-test-binding, run, status.

    Every step is taken, whatever the others say. The project is found from DIR as `pv lint` does.

    \b
    Examples:
      pv gate
      pv gate --format json > gate.json

    \b
    Exit codes, the worst of the steps by 4 > 2 > 1 > 3 > 0:
      0  every step is clean              1  findings
      2  wrong usage or configuration     3  nothing was judged
      4  internal error
    """
    from pv.gate.check import open_project
    from pv.gate.gate import STEPS, as_data, take, verdict
    from pv.report.json import dump

    workspace, is_text = open_project(directory), output_format == "text"
    taken = []
    for name in STEPS:
        if is_text:
            write(f"== {name}\n")
        step = take(name, workspace)
        taken.append(step)
        if step.trace:
            click.echo(step.trace, err=True)
        if is_text:
            write(step.text)
    code = verdict(taken)
    if is_text:
        ends = ", ".join(f"{step.name} {int(step.exit_code)}" for step in taken)
        write(f"== gate\nexit {int(code)} ({_WORDS[code]}): {ends}\n")
    else:
        write(dump(as_data(taken)))
    return code
