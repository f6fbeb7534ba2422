"""`pv validate` on a contract, and on copies of it that differ in one line."""

from __future__ import annotations

import json
from pathlib import Path


def check_validate_sees_one_edit(cli, contract, edits, directory):
    """Accepted as it is; each copy is refused by the edit's rule, at the edited line alone.

    An edit is a rule, the start of the one line that is edited, and what stands there then; the
    last line of that is at fault.
    """
    accepted = cli("pv", "validate", contract)
    assert accepted.exit_code == 0, accepted.stdout

    lines = contract.read_text().splitlines()
    expected = []
    for number, (code, start, edited) in enumerate(edits):
        (at,) = (i for i, line in enumerate(lines) if line.startswith(start))
        copy = directory / f"{number}-{contract.name}"
        copy.write_text("\n".join([*lines[:at], *edited, *lines[at + 1 :]]))
        expected.append((copy.name, code, at + len(edited)))
    refused = cli(
        "pv", "validate", "--format", "json", *(directory / name for name, *_ in expected)
    )
    assert refused.exit_code == 1, refused.stdout
    findings = json.loads(refused.stdout)["findings"]
    found = [(Path(each["path"]).name, each["code"], each["line"]) for each in findings]
    assert sorted(found) == sorted(expected)
