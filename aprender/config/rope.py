"""RoPE in a config.json: rope_theta with rope_scaling, or rope_parameters of transformers 5."""

from __future__ import annotations

from dataclasses import asdict, fields

from aprender.config.checks import refuse
from aprender.config.source import MISSING_GUARD, Source
from aprender.config.transformer import RopeScaling

LLAMA3 = "llama3"
PLAIN = "default"
TYPE_KEYS = ("rope_type", "type")
SCALING_KEYS = tuple(field.name for field in fields(RopeScaling))


def read_theta(written: Source) -> object:
    """The base of the frequencies; where both spellings are there, they have to agree."""
    parameters = written.optional("rope_parameters")
    inner = as_object("rope_parameters", parameters) if parameters is not None else {}
    if "rope_theta" not in inner:
        return written.required("rope_theta")
    theta = inner["rope_theta"]
    if written.keys.get("rope_theta", theta) != theta:
        refuse(f"rope_theta = {written.keys['rope_theta']!r}, and {theta!r} in rope_parameters")
    return theta


def read_scaling(written: Source) -> RopeScaling | None:
    """Llama 3's scaling, or None for plain RoPE, which is what a file without any says."""
    found = {
        key: scaling(key, written.optional(key))
        for key in ("rope_scaling", "rope_parameters")
        if written.optional(key) is not None
    }
    if len(found) > 1 and found["rope_scaling"] != found["rope_parameters"]:
        refuse("rope_scaling and rope_parameters say different things")
    return next(iter(found.values()), None)


def scaling(key: str, value: object) -> RopeScaling | None:
    """The scaling that the object under `key` describes."""
    inner = as_object(key, value)
    types = {name: inner[name] for name in TYPE_KEYS if name in inner}
    if not types:
        refuse(f"{key}.rope_type is missing", MISSING_GUARD)
    if len(set(map(repr, types.values()))) > 1:
        refuse(f"{key}.rope_type = {inner['rope_type']!r}, and type = {inner['type']!r}")
    (kind, *_) = types.values()
    if kind not in (PLAIN, LLAMA3):
        refuse(f"{key}.rope_type = {kind!r} is not {PLAIN} or {LLAMA3}")
    if inner.get("partial_rotary_factor", 1.0) != 1.0:
        refuse(f"{key}.partial_rotary_factor = {inner['partial_rotary_factor']!r} is not 1")
    known = {*TYPE_KEYS, "partial_rotary_factor"}
    known |= {"rope_theta"} if key == "rope_parameters" else set()
    known |= set(SCALING_KEYS) if kind == LLAMA3 else set()
    for name in inner:
        if name not in known:
            refuse(f"{key}.{name} = {inner[name]!r} is no part of {kind} scaling")
    return llama3(key, inner) if kind == LLAMA3 else None


def llama3(key: str, inner: dict[str, object]) -> RopeScaling:
    """Llama 3's scaling, all of whose numbers have to be there."""
    for name in SCALING_KEYS:
        if name not in inner:
            refuse(f"{key}.{name} is missing", MISSING_GUARD)
    return RopeScaling(**{name: inner[name] for name in SCALING_KEYS})  # type: ignore[arg-type]


def as_object(key: str, value: object) -> dict[str, object]:
    """The value under `key`, where it is an object."""
    if not isinstance(value, dict):
        refuse(f"{key} = {value!r} is not an object")
    return value


def write_scaling(config_scaling: RopeScaling | None) -> dict[str, object] | None:
    """What stands under rope_scaling for a scaling; None for none."""
    if config_scaling is None:
        return None
    return {"rope_type": LLAMA3, **asdict(config_scaling)}
