"""Encoders by their stamps, and decoders that are none."""

from __future__ import annotations

import pytest

from aprender.config.encoders import ENCODERS, encoder_class
from aprender.config.family import FAMILIES


@pytest.mark.parametrize("family", ENCODERS)
@pytest.mark.parametrize("affixed", ["{}", "hf-{}", "{}_v1", "Company/{}-large", "{}ForMaskedLM"])
def test_a_family_is_found_in_any_case_and_with_affixes(family, affixed):
    for stamp in (family, family.upper(), family.title()):
        assert encoder_class(affixed.format(stamp)) == ENCODERS[family]


def test_no_decoder_is_an_encoder():
    names = [*FAMILIES, *(family.architecture for family in FAMILIES.values()), "gpt2", ""]
    assert [encoder_class(name) for name in names] == [None] * len(names)
