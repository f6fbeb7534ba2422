"""``pv lint``: does every falsifier name a test that can fail?"""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from pv.cli.options import format_option, split_codes, strict_option
from pv.cli.output import emit, write
from pv.exit_code import ExitCode, UsageError
from pv.rules.engine import Options


@click.command("lint")
@click.argument("directory", type=click.Path(path_type=Path), default=".", metavar="[DIR]")
@click.option(
    "--strict-test-binding",
    is_flag=True,
    help="Count findings about the tie between falsifiers and tests as errors.",
)
@strict_option
@format_option
@click.option(
    "--select",
    multiple=True,
    callback=split_codes,
    metavar="CODES",
    help="Run only these rules: codes or prefixes (PV-VER), with commas or repeated.",
)
@click.option(
    "--ignore",
    multiple=True,
    callback=split_codes,
    metavar="CODES",
    help="Leave these rules out.",
)
@click.option("--explain", metavar="CODE", help="Print what a rule is for, with examples; no lint.")
@click.pass_context
def lint_command(
    context: click.Context,
    directory: Path,
    strict_test_binding: bool,
    strict: bool,
    output_format: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    explain: str | None,
) -> ExitCode:
    """Check a project: its contracts, and what ties them to tests and implementations.

    The project is the nearest directory upwards from DIR whose pyproject.toml has [tool.pv]; DIR
    may also be its contracts directory or one contract. Always the whole project is judged.
    Nothing of it is imported or run.

    \b
    Examples:
      pv lint --strict-test-binding
      pv lint path/to/project --select PV-VER,SCHEMA
      pv lint --explain PV-VER-002

    \b
    Exit codes:
      0  clean                            1  findings that weigh as errors
      2  unknown code, option or path     3  the project has no contract
      4  internal error
    """
    if explain is not None:
        _check_alone(context, "explain")
        write(_explanation(explain))
        return ExitCode.CLEAN
    from pv.gate.check import lint, open_project

    options = Options(
        select=select, ignore=ignore, strict=strict, strict_test_binding=strict_test_binding
    )
    return emit(lint(open_project(directory), options), output_format)


def _check_alone(context: click.Context, name: str) -> None:
    """Refuse what would be accepted and do nothing."""
    for other in context.params:
        source = context.get_parameter_source(other)
        if other != name and source is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} takes no other option or argument", context)


def _explanation(code: str) -> str:
    from pv.rules.codes import nearest_hint
    from pv.rules.explain import as_text
    from pv.rules.registry import all_rules
    from pv.run.verdicts import EXPLANATIONS

    verdicts = {verdict.code: verdict for verdict in EXPLANATIONS.values()}
    if code in verdicts:
        found = verdicts[code]
        return f"{code} {found.word}\nfound by: pv run\n\n{found.why}\n\nRemedy: {found.remedy}\n"
    rules = all_rules()
    if code not in rules:
        hint = nearest_hint(code, [*rules, *verdicts])
        raise UsageError(f"--explain: nothing has the code {code!r}; {hint}")
    return as_text(rules[code])
