"""``pv schema``: the JSON Schema of contracts, for editors."""

from __future__ import annotations

import click

from pv.cli.output import write
from pv.exit_code import ExitCode


@click.command("schema")
def schema_command() -> ExitCode:
    """Print the JSON Schema of a contract, for completion and hints in an editor.

    The schema is generated and never run: `pv validate` is stricter, and has the last word.

    \b
    Example:
      pv schema > contract.schema.json
      # first line of a contract:
      # yaml-language-server: $schema=../contract.schema.json

    \b
    Exit codes: 0 printed, 2 wrong usage, 4 internal error
    """
    from pv.contract.schema import json_schema

    write(json_schema())
    return ExitCode.CLEAN
