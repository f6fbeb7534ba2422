"""The parameters that training begins with."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import jax

from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.populate import populate
from aprender.config import TransformerConfig
from aprender.nn.initial import initial_parameters
from aprender.nn.layout import Parameters


def starting_parameters(
    config: TransformerConfig,
    init: str | PathLike[str] | None,
    *,
    seed: int,
    placement: Any = None,
    dtype: Any = None,
    extras: Sequence[str] = (),
) -> Parameters:
    """Those of the checkpoint `init`, or without one new ones from the seed.

    Arguments as of `populate`; `config` is what `build_transformer_config` made of the same `init`.
    """
    if init is not None:
        tensors = load_init_tensors(init)
        return populate(config, tensors, placement=placement, dtype=dtype, extras=extras)
    made = initial_parameters(config, seed, *([] if dtype is None else [dtype]))
    return jax.device_put(made, placement)
