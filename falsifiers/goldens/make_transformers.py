"""Logits of tiny models by Hugging Face's transformers in float64: run it to make the file anew.

``python -m falsifiers.goldens.make_transformers FILE`` in an environment with torch and
transformers. It imports nothing from aprender.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from falsifiers import tiny_models


def logits(config: dict[str, Any]) -> NDArray[np.float64]:
    """Of one tiny model for its tokens, [B, T, V]."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    kind = AutoConfig.for_model(config["model_type"])
    keys = {key: value for key, value in config.items() if key != "model_type"}
    made = type(kind)(**keys)
    model = AutoModelForCausalLM.from_config(made, attn_implementation="eager").double().eval()
    shapes = {name: tuple(array.shape) for name, array in model.named_parameters()}
    values = tiny_models.tensors(shapes)
    state = {name: torch.from_numpy(array) for name, array in values.items()}
    missing = model.load_state_dict(state, strict=False)
    # A tied head is the embedding, under a second name.
    assert set(missing.missing_keys) <= {"lm_head.weight"}, missing
    assert not missing.unexpected_keys, missing
    model.tie_weights()
    with torch.no_grad():
        answer = model(torch.from_numpy(tiny_models.tokens()))
    return answer.logits.numpy()


def main(file: str) -> None:
    """Write the logits of every model, by its name."""
    np.savez_compressed(
        file, **{name: logits(config) for name, config in tiny_models.CONFIGS.items()}
    )


if __name__ == "__main__":
    main(sys.argv[1])
