"""Encoders by their stamps: models that see later tokens too, and cannot be trained here."""

from __future__ import annotations

from collections.abc import Iterable

from aprender.config.checks import refuse

GUARD = "FALSIFY-APR-PRETRAIN-ARCH-007"

ENCODERS = {
    "albert": "AlbertModel",
    "bert": "BertModel",
    "camembert": "CamembertModel",
    "deberta": "DebertaModel",
    "deberta-v2": "DebertaV2Model",
    "distilbert": "DistilBertModel",
    "electra": "ElectraModel",
    "longformer": "LongformerModel",
    "modernbert": "ModernBertModel",
    "mpnet": "MPNetModel",
    "roberta": "RobertaModel",
    "xlm-roberta": "XLMRobertaModel",
}
"""Hugging Face's class by its model type, which is the family's name."""

OTHER_NAMES = {"codebert": "roberta"}
"""Families by names that are no model types."""


def refuse_encoders(stamps: Iterable[str]) -> None:
    """Refuse the first stamp of an encoder, in a ValueError that names its family and class."""
    for stamp in stamps:
        family = encoder_family(stamp)
        if family is not None:
            refuse(
                f"{stamp!r} is an Encoder of the family {family}, Hugging Face's "
                f"{ENCODERS[family]}, and only decoder-only models can be trained to predict the "
                "next token",
                GUARD,
            )


def encoder_family(stamp: str) -> str | None:
    """The family of encoders that `stamp` names in any case and with any affixes."""
    plain = letters_and_digits(stamp)
    found = [name for name in (*ENCODERS, *OTHER_NAMES) if letters_and_digits(name) in plain]
    if not found:
        return None
    name = max(found, key=len)
    return OTHER_NAMES.get(name, name)


def letters_and_digits(name: str) -> str:
    """What is compared of a name, in lower case."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
