"""Labels of prompts and their completions, from where tokens stand and never from what they are.

Shapes: B batch, T sequence. NumPy on the host, where batches are put together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aprender.losses.checks import refuse, refuse_first
from aprender.losses.labels import IGNORED_LABEL

GUARD = "FALSIFY-KD-F07"


def completion_labels(
    input_ids_BT: ArrayLike, attention_mask_BT: ArrayLike, prompt_lengths_B: ArrayLike
) -> NDArray[np.int32]:
    """The ids of the completions, and -100 for prompts and padding, [B, T].

    The attention mask is 1 for a real token and 0 for padding, which may stand on either side. A
    prompt length counts the first real tokens of its row. A token id says nothing: the id of the
    padding may be that of the end of a text, and 0 that of a word.

    The labels stand at their tokens: a loss shifts them, as
    aprender.hf_pipeline.distillation.distillation_loss does. ValueError, or TypeError for what is
    no integer, names the argument.
    """
    ids_BT = integers("input_ids", input_ids_BT)
    mask_BT = integers("attention_mask", attention_mask_BT)
    prompt_B = integers("prompt_lengths", prompt_lengths_B)
    check_batch(ids_BT, mask_BT, prompt_B)
    is_real_BT = mask_BT == 1
    # The number of each real token in its row, from 1 on, wherever the row's padding stands.
    place_BT = np.cumsum(is_real_BT, axis=1)
    is_trained_BT = is_real_BT & (place_BT > prompt_B[:, None])
    return np.where(is_trained_BT, ids_BT, IGNORED_LABEL).astype(np.int32)


def check_batch(
    ids_BT: NDArray[np.int64], mask_BT: NDArray[np.int64], prompt_B: NDArray[np.int64]
) -> None:
    """Refuse shapes that do not fit, and values that are no ids, no mask, no lengths."""
    if ids_BT.ndim != 2 or 0 in ids_BT.shape:
        refuse(f"input_ids have shape {ids_BT.shape}, not [B, T]", GUARD)
    if mask_BT.shape != ids_BT.shape:
        refuse(f"attention_mask has shape {mask_BT.shape}, not {ids_BT.shape} as input_ids", GUARD)
    if prompt_B.shape != ids_BT.shape[:1]:
        refuse(f"prompt_lengths have shape {prompt_B.shape}, not {ids_BT.shape[:1]}", GUARD)
    largest = np.iinfo(np.int32).max
    refuse_first("input_ids", ids_BT, (ids_BT < 0) | (ids_BT > largest), "is no token id", GUARD)
    refuse_first("attention_mask", mask_BT, (mask_BT != 0) & (mask_BT != 1), "is not 0 or 1", GUARD)
    is_outside_B = (prompt_B < 0) | (prompt_B > mask_BT.sum(axis=1))
    reason = "is not between 0 and the real tokens of its row"
    refuse_first("prompt_lengths", prompt_B, is_outside_B, reason, GUARD)


def integers(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """The values in int64; a TypeError names what is neither integer nor bool."""
    array = np.asarray(values)
    if not (np.issubdtype(array.dtype, np.integer) or array.dtype == bool):
        raise TypeError(f"{name} have dtype {array.dtype}, not an integer one ({GUARD})")
    return array.astype(np.int64)
