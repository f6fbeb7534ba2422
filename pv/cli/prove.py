"""``pv prove``: can the falsifiers fail?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pv.cli.options import result_format_option, workers_option
from pv.cli.output import is_terminal, paint, write
from pv.cli.progress import show_progress
from pv.exit_code import ExitCode, UsageError


@click.command("prove")
@click.argument("contracts", nargs=-1, metavar="[CONTRACT...]")
@click.option(
    "--all", "is_all", is_flag=True, help="Prove everything, as without CONTRACT and --changed."
)
@click.option(
    "--changed",
    "base",
    default="",
    metavar="BASE",
    help="Only falsifiers that depend on a file which differs from the commit BASE.",
)
@click.option(
    "--selftest",
    is_flag=True,
    help="Judge a project of planted liars instead of this one; exit 4 where one gets away.",
)
@workers_option
@result_format_option
def prove_command(
    contracts: tuple[str, ...],
    is_all: bool,
    base: str,
    selftest: bool,
    workers: int | None,
    output_format: str,
) -> ExitCode:
    """Put faults into the code, one at a time, and see which falsifiers notice.

    CONTRACT is a contract's name (its file's stem), a path, or a directory. Each declared mutant
    must turn every falsifier that cites it red, by an assertion in the test's call; and each
    implementation's result is replaced by zeros, its first input, a constant and NaN, of which a
    falsifier that covers it must notice one. Faults are made in memory: no source file is changed.
    What was shown is kept in evidence/, one file for each falsifier and world, to be committed.

    \b
    Verdicts:
      KILLED                the named falsifier noticed
      SURVIVED-UNREACHED    it never ran the faulty code
      SURVIVED-UNASSERTED   it ran the faulty code and passed
      WRONG-RED(reason)     red by a sibling, setup, teardown, exception or crash
      VOID(reason)          no experiment: no-op, missing, ambiguous, compile, import, unpatchable
      BASELINE-RED(reason)  red, or asserting nothing, without any fault
      TIMEOUT               ten times as long as without the fault, and ten seconds at least

    \b
    Examples:
      pv prove
      pv prove softmax-kernel-v1 --workers 4
      pv prove --changed main
      pv prove --format json > proof.json

    \b
    Exit codes:
      0  every mutant was killed, or its survival is waived    1  findings
      2  wrong usage or configuration      3  there was no mutant to try, or --changed left none
      4  internal error, or a fault outlived its experiment: the run is discarded
    """
    if is_all and (contracts or base):
        raise UsageError("--all means everything: it takes no contracts and no --changed")
    if selftest:
        return _selftest(workers or 0, has_more=bool(contracts or is_all or base))
    from pv.proof import as_json, text
    from pv.proof.prove import prove
    from pv.proof.record import keep
    from pv.workspace import open_workspace

    is_shown = output_format == "text" and is_terminal() and sys.stderr.isatty()
    root = open_workspace(Path.cwd()).root
    result = prove(
        root,
        contracts,
        changed_since=base,
        workers=workers or 0,
        on_progress=show_progress if is_shown else None,
    )
    if output_format == "json":
        write(as_json.render(result))
    else:
        write(text.render(result, paint if is_terminal() else None))
    keep(result.records, root)
    return result.exit_code


def _selftest(workers: int, *, has_more: bool) -> ExitCode:
    from pv.proof.selftest import selftest

    if has_more:
        raise UsageError("--selftest judges a project of its own: it takes nothing that chooses")
    report = selftest(workers)
    write(report.text)
    return report.exit_code
