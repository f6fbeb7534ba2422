"""Sliding windows in a config.json, as each family says which of its layers have one."""

from __future__ import annotations

from aprender.config.checks import count, flag, refuse
from aprender.config.family import Family
from aprender.config.source import Source

SWITCH_KEYS = ("use_sliding_window", "max_window_layers")

FULL, SLIDING = "full_attention", "sliding_attention"


def read_window(written: Source, family: Family) -> object:
    """The window of all layers, or None; a mixture of layers with and without it is refused.

    Mistral's file has to say: its class takes 4096 where the key is absent. Qwen's window counts
    where use_sliding_window is true, and from layer max_window_layers on.
    """
    layers = count("num_hidden_layers", written.required("num_hidden_layers"))
    window, first = declared(written, family)
    if window is not None and 0 < first < layers:
        refuse(f"max_window_layers = {first} mixes layers with and without the window of {window}")
    if first >= layers:
        window = None
    check_layer_types(written, layers, FULL if window is None else SLIDING)
    return window


def declared(written: Source, family: Family) -> tuple[object, int]:
    """The window, and the first layer that has it."""
    if not family.has_sliding_window:
        return written.optional("sliding_window"), 0
    if not family.has_window_switch:
        return written.required("sliding_window"), 0
    is_used = flag("use_sliding_window", written.required("use_sliding_window"))
    if not is_used or written.required("sliding_window") is None:
        return None, 0
    first = count("max_window_layers", written.required("max_window_layers"), least=0)
    return written.required("sliding_window"), first


def check_layer_types(written: Source, layers: int, implied: str) -> None:
    """Refuse a list of layers that says otherwise than the other keys, where there is one."""
    listed = written.optional("layer_types")
    if listed is None:
        return
    if not isinstance(listed, list) or len(listed) != layers:
        refuse(f"layer_types = {listed!r} is not a list of {layers} types")
    for layer, kind in enumerate(listed):
        if kind != implied:
            refuse(f"layer_types[{layer}] = {kind!r}, and the other keys say {implied}")


def write_window(family: Family, window: int | None) -> dict[str, object]:
    """The keys that say it for every layer, under the family's names."""
    if not family.has_sliding_window:
        return {}
    if not family.has_window_switch:
        return {"sliding_window": window}
    keys: dict[str, object] = {"use_sliding_window": window is not None, "sliding_window": window}
    return keys if window is None else {**keys, "max_window_layers": 0}
