"""Schema: pydantic's side of the data classes, and the JSON Schema that editors read."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from pv.contract.model import Contract

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def adapter() -> TypeAdapter[Contract]:
    """The validator; building it takes longer than a hundred contracts."""
    return TypeAdapter(Contract)


def json_schema() -> str:
    """The schema as JSON text, for editors; ``pv`` itself never runs it."""
    schema = adapter().json_schema()
    for struct in (schema, *schema["$defs"].values()):
        _open_for_extensions(struct)
    return json.dumps({"$schema": _DIALECT, **schema}, indent=2, ensure_ascii=False) + "\n"


def _open_for_extensions(struct: dict[str, Any]) -> None:
    """Allow `x-` keys in every mapping with fixed keys."""
    if struct.get("additionalProperties") is False:
        struct["patternProperties"] = {"^x-": {}}
