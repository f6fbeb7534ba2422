"""``pv validate``: is every contract well formed?"""

from __future__ import annotations

from pathlib import Path

import click

from pv.cli.options import format_option, strict_option
from pv.cli.output import emit
from pv.exit_code import ExitCode
from pv.rules.engine import Options
from pv.workspace import open_workspace


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@format_option
@strict_option
def validate_command(paths: tuple[str, ...], output_format: str, strict: bool) -> ExitCode:
    """Check contracts against the schema, each one by itself.

    PATH is a contract, a directory (searched for *.yaml and *.yml, in capitals too) or a quoted
    glob. In a directory, what begins with a dot is left out, and nothing else. Nothing of the
    project is imported or run. Configuration is that of the current directory's project.
    `pv lint` checks what ties contracts to each other and to tests.

    \b
    Examples:
      pv validate contracts/
      pv validate 'contracts/kd-*.yaml' other/extra-v1.yaml
      pv validate --format github contracts/

    \b
    Exit codes:
      0  every contract is well formed    1  findings
      2  a path does not exist, or a glob matches nothing
      3  there is no contract at all      4  internal error
    """
    from pv.gate.check import files_named, validate

    workspace = open_workspace(Path.cwd())
    options = Options(strict=strict)
    report = validate(workspace, files_named(paths), ", ".join(paths), options)
    return emit(report, output_format)
