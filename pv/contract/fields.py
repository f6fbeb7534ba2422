"""What the schema's data classes share: pydantic's settings, and the types of simple fields."""

from __future__ import annotations

from typing import Annotated

import annotated_types as at


def _yaml_key(field_name: str) -> str:
    """`with` is a Python keyword; its field is `with_`."""
    return field_name.rstrip("_")


CONFIG = {
    "alias_generator": _yaml_key,
    "extra": "forbid",
    "strict": True,
    "allow_inf_nan": False,
    "use_attribute_docstrings": True,
}

Text = str
Items = tuple[Text, ...]
Count = Annotated[int, at.Ge(0), at.Le(2**32 - 1)]
Tolerance = Annotated[float, at.Ge(0)]
