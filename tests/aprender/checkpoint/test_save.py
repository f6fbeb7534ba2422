"""A directory that is written whole or not at all, and what is refused before it is begun."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.checkpoint import save
from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.populate import populate
from aprender.checkpoint.save import save_hugging_face
from aprender.checkpoint.stamp import stamped_fingerprint
from aprender.config.hugging_face import from_hugging_face
from aprender.nn.layout import from_tensors
from falsifiers import tiny_models
from falsifiers.tiny_checkpoints import differing, on_host, tensors_of

GOLDENS = Path(__file__).parents[3] / "falsifiers" / "goldens" / "transformers.npz"
MODEL = "qwen2"


@pytest.fixture(scope="module")
def model():
    config = from_hugging_face(tiny_models.CONFIGS[MODEL])
    return config, from_tensors(tensors_of(MODEL), config)


def test_what_is_there_stays(model, tmp_path):
    config, parameters = model
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes").write_text("kept")
    (tmp_path / "file").write_text("kept")
    for name in ("full", "file"):
        with pytest.raises(CheckpointError, match="is there already"):
            save_hugging_face(tmp_path / name, parameters, config)
    assert (tmp_path / "full" / "notes").read_text() == "kept"
    assert (tmp_path / "file").read_text() == "kept"
    (tmp_path / "empty").mkdir()
    save_hugging_face(tmp_path / "empty", parameters, config)
    assert read_architecture(tmp_path / "empty") == config


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_nothing(model, tmp_path, monkeypatch, error):
    config, parameters = model

    def interrupted(*arguments, **rest):
        raise error

    monkeypatch.setattr(save, "save_file", interrupted)
    with pytest.raises(error):
        save_hugging_face(tmp_path / "new", parameters, config)
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_are_not_the_configurations_are_named(model, tmp_path):
    config, parameters = model
    layers = parameters["layers"]
    lacking = {name: array for name, array in layers.items() if name != "key_bias"}
    for other, message in (
        ({**parameters, "layers": lacking}, r"layers\.key_bias has shape None, and .* \(3, 2, 4\)"),
        ({**parameters, "extra": jnp.ones(2)}, r"extra has shape \(2,\), and .* for None"),
        ({**parameters, "norm": jnp.ones(3)}, r"norm has shape \(3,\), and .* \(16,\)"),
        ({**parameters, "norm": jnp.ones(16, int)}, "norm has dtype int32, and"),
        ({**parameters, "norm": jnp.full(16, np.inf)}, "norm is not finite"),
    ):
        with pytest.raises(CheckpointError, match=message) as refusal:
            save_hugging_face(tmp_path / "new", other, config)
        assert "FALSIFY-APR-PRETRAIN-INIT-SAVED" in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_the_fingerprint_is_stamped_into_every_file(model, tmp_path):
    config, parameters = model
    save_hugging_face(tmp_path / "bare", parameters, config)
    assert stamped_fingerprint(tmp_path / "bare") is None
    for name, size in (("one", 1 << 20), ("several", 3000)):
        directory = tmp_path / name
        save_hugging_face(
            directory, parameters, config, tokenizer_fingerprint="abc", file_bytes=size
        )
        assert stamped_fingerprint(directory) == "abc"


@pytest.mark.oracle
@pytest.mark.parametrize("name", sorted(tiny_models.CONFIGS))
@pytest.mark.parametrize("size", [3000, 1 << 20])
def test_transformers_loads_what_is_saved(name, size, tmp_path):
    transformers = pytest.importorskip(
        "transformers", reason="oracle: needs torch and transformers"
    )
    import torch

    config = from_hugging_face(tiny_models.CONFIGS[name])
    parameters = from_tensors(tensors_of(name), config)
    save_hugging_face(tmp_path / "saved", parameters, config, file_bytes=size)
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path / "saved", dtype=torch.float64, output_loading_info=True
    )
    assert not any(report.values()), report
    theirs = {
        key: value.numpy().astype(np.float32)
        for key, value in model.state_dict().items()
        if key in tensors_of(name)
    }
    assert differing(theirs, tensors_of(name)) == []
    golden = np.load(GOLDENS)[name]
    with torch.no_grad():
        logits = model.eval()(torch.from_numpy(tiny_models.tokens())).logits.numpy()
    # The golden logits are of tensors in float64, these of the same in float32.
    np.testing.assert_allclose(logits, golden, rtol=0, atol=2e-5 * np.abs(golden).max())
    # And what transformers saves is read here.
    model.float().save_pretrained(tmp_path / "theirs")
    back = read_architecture(tmp_path / "theirs")
    assert back == config
    found = populate(back, load_init_tensors(tmp_path / "theirs"))
    assert differing(on_host(jax.device_get(found), config), tensors_of(name)) == []
