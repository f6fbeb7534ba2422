"""The JSON Schema for editors: generated, current, and closed but for `x-`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pv.contract.schema import json_schema

COPY = Path(__file__).parents[3] / "contracts" / "contract.schema.json"


def structs() -> list[dict[str, Any]]:
    schema = json.loads(json_schema())
    return [schema, *schema["$defs"].values()]


def test_the_committed_copy_is_current() -> None:
    assert COPY.read_text("utf-8") == json_schema(), "stale; run `make docs`"


def test_every_struct_is_closed_but_for_extensions() -> None:
    for struct in structs():
        assert struct["additionalProperties"] is False
        assert struct["patternProperties"] == {"^x-": {}}


def test_every_key_is_described() -> None:
    for struct in structs():
        for name, key in struct["properties"].items():
            assert key.get("description"), (struct["title"], name)


def test_keys_are_spelt_as_in_yaml() -> None:
    mutant = json.loads(json_schema())["$defs"]["Mutant"]
    assert mutant["required"] == ["id", "target", "replace", "with", "why"]


def test_an_amendment_needs_subject_and_reason() -> None:
    schema = json.loads(json_schema())
    assert schema["$defs"]["Amendment"]["required"] == ["subject", "reason"]
    assert schema["properties"]["amendments"]["items"] == {"$ref": "#/$defs/Amendment"}


def test_the_only_host_named_is_the_dialects() -> None:
    schema = json_schema()
    assert schema.count("://") == 1
    assert '"$id"' not in schema
