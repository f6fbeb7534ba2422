"""Options that several commands take."""

from __future__ import annotations

import click

from pv.cli.output import FORMATS

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How to print the findings; the exit code is the same in all of them.",
)

result_format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How to print the result; the exit code is the same.",
)

workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of worker processes; as many as there are cores without it.",
)

require_live_option = click.option(
    "--require-live",
    is_flag=True,
    help="Exit 3 where a falsifier's declared world (a GPU, say) is absent.",
)

strict_option = click.option("--strict", is_flag=True, help="Count warnings as errors.")


def split_codes(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Codes of an option that may be repeated, each value a list with commas."""
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())
