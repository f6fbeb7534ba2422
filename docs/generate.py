"""Write the generated documents, the schema, and the table of what is proven in README.md.

``--check`` writes nothing and fails where a file differs from what it would write.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from pv.cli.main import pv
from pv.contract.schema import json_schema
from pv.evidence.ledger import COMMITTED, Evidence, read_records
from pv.evidence.standing import Counts
from pv.gate.status import status
from pv.gate.verdicts import EXPLANATIONS as BASE_EXPLANATIONS
from pv.proof.verdicts import EXPLANATIONS as PROOF_EXPLANATIONS
from pv.rules.explain import as_markdown, weight
from pv.rules.registry import all_rules
from pv.run.verdicts import EXPLANATIONS, Explanation
from pv.workspace import open_workspace

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_NOTICE = "<!-- Written by docs/generate.py; `make docs` writes it again. -->\n"
_HELP_WIDTH = 100
_TABLE = re.compile(
    r"(?<=<!-- proven: written by docs/generate.py -->\n).*?(?=<!-- /proven -->)", re.S
)


def main() -> int:
    """Write or check every generated file; the exit code is 1 where one is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where stale")
    if parser.parse_args().check:
        found = stale()
        sys.stderr.writelines(
            f"{path.relative_to(ROOT)}: stale; run `make docs`\n" for path in found
        )
        return int(bool(found))
    for path, text in files().items():
        path.write_text(text, "utf-8")
    return 0


def stale() -> list[Path]:
    """The generated files that are not what would be written now."""
    return [
        path
        for path, text in files().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def files() -> dict[Path, str]:
    """Text of every generated file."""
    return {
        ROOT / "docs/rules.md": "".join(rules()),
        ROOT / "docs/commands.md": "".join(commands()),
        ROOT / "contracts/contract.schema.json": json_schema(),
        README: _TABLE.sub(lambda _found: "".join(proven()), README.read_text("utf-8")),
    }


def proven() -> Iterator[str]:
    """Every contract with what its committed records show: what ran on this machine is left out."""
    evidence = Evidence(read_records(ROOT / COMMITTED))
    report = status(open_workspace(ROOT), evidence=evidence)
    yield "| contract | status | falsifiers | bound | proven | mutants | killed |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for standing in report.shown:
        link = f"[{standing.name}]({standing.path})"
        yield _row(link, standing.computed.level.name, standing.counts)
    yield _row("all", "", sum((standing.counts for standing in report.shown), Counts()))


def _row(name: str, level: str, c: Counts) -> str:
    numbers = (c.declared, c.bound, c.proven, c.mutants, c.killed)
    return f"| {name} | {level} | {' | '.join(map(str, numbers))} |\n"


def rules() -> Iterator[str]:
    """Every rule: a table, then a section for each."""
    yield f"{_NOTICE}# Rules\n\n"
    yield "`pv lint --explain CODE` prints the same in a terminal. The examples are changes of\n"
    yield "one tiny project (pv/rules/example.py); every rule is tested on its own two.\n\n"
    yield "| code | name | severity |\n|---|---|---|\n"
    for code, rule in all_rules().items():
        yield f"| [{code}](#{code.lower()}-{rule.name}) | {rule.name} | {weight(rule)} |\n"
    for rule in all_rules().values():
        yield f"\n{as_markdown(rule)}"
    yield "\n# Verdicts of a run\n\n`pv run` and the pytest plugin find these.\n\n"
    yield from _verdicts(EXPLANATIONS.values())
    yield "\n# Verdicts of a proof\n\n`pv prove` finds these.\n\n"
    yield from _verdicts(PROOF_EXPLANATIONS.values())
    yield "\n# Verdicts against a base\n\n`pv gate --base REF` finds these: what was checked at REF"
    yield " and is not, or less strictly, now.\nA new entry under `amendments` of the contract"
    yield " excuses one: its `subject` is the falsifier,\nmutant, equation or contract that is"
    yield " weaker or gone, its `reason` says why. An entry that\nREF has too excuses nothing.\n\n"
    yield from _verdicts(BASE_EXPLANATIONS.values())


def _verdicts(explanations: Iterable[Explanation]) -> Iterator[str]:
    yield "| code | verdict | why | what to do |\n|---|---|---|---|\n"
    for verdict in explanations:
        yield f"| {verdict.code} | {verdict.word} | {verdict.why} | {verdict.remedy} |\n"


def commands() -> Iterator[str]:
    """The help of every command, as it is printed."""
    yield f"{_NOTICE}# Commands\n"
    with click.Context(pv, info_name="pv", max_content_width=_HELP_WIDTH) as context:
        yield _help("pv", pv, context)
        for name in pv.list_commands(context):
            command = pv.get_command(context, name)
            assert command is not None
            with click.Context(command, context, name, max_content_width=_HELP_WIDTH) as inner:
                yield _help(f"pv {name}", command, inner)


def _help(title: str, command: click.Command, context: click.Context) -> str:
    context.terminal_width = _HELP_WIDTH
    return f"\n## {title}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    sys.exit(main())
