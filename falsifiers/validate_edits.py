"""`pv validate` on a contract, and on copies of it that differ in one line."""

from __future__ import annotations

import json


def check_validate_sees_one_edit(cli, contract, edits, directory):
    """Accepted as it is; each copy is refused by the edit's rule, at the edited line alone.

    An edit is a rule, the start of the one line that is edited, and what stands there then; the
    last line of that is at fault.
    """
    accepted = cli("pv", "validate", contract)
    assert accepted.exit_code == 0, accepted.stdout

    lines = contract.read_text().splitlines()
    for code, start, edited in edits:
        (at,) = (i for i, line in enumerate(lines) if line.startswith(start))
        copy = directory / contract.name
        copy.write_text("\n".join([*lines[:at], *edited, *lines[at + 1 :]]))
        refused = cli("pv", "validate", "--format", "json", copy)
        assert refused.exit_code == 1, refused.stdout
        findings = json.loads(refused.stdout)["findings"]
        assert [(found["code"], found["line"]) for found in findings] == [(code, at + len(edited))]
