"""Falsifiers of contracts/apr-cpu-vs-gpu-output-parity-v1.yaml: the gate before an accelerator.

What only a GPU shows is live: `JAX_PLATFORMS=cuda,cpu` has both sides in one process. Elsewhere the
gate judges faults that are put into networks and records on the CPU.

Shapes: P positions, V vocabulary, B batch, T positions of a call, D model width.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.backend import admission, parity, rows
from aprender.backend.device import label, select_device
from aprender.backend.messages import PARITY, PathRejectedError
from aprender.backend.record import Side, check_parity
from aprender.backend.tolerance import FULL, Precision, Tolerance, tolerance_for
from aprender.config.family import FAMILIES
from aprender.config.hugging_face import from_hugging_face
from aprender.config.tensors import tensor_shapes
from aprender.nn.block import Where
from aprender.nn.masks import causal
from aprender.nn.rope import inverse_frequencies, rope_tables
from aprender.nn.transformer import Transformer, forward
from falsifiers import tiny_models
from falsifiers.oracles import parity as oracle
from falsifiers.tiny_decoders import cached, prompts, tiny, whole

PREFIX = "model.layers.0."


def cpu():
    """The reference's device. A function: only what runs needs JAX to have it."""
    return jax.local_devices(backend="cpu")[0]


def as_network(implementation, config):
    """The implementation as a function of parameters and tokens."""
    return lambda parameters, tokens: implementation(
        config=config, parameters=parameters, tokens=tokens
    )


def whole_of(implementation, config, parameters, params):
    """A decoder by the implementation with room for the record that `params` describe."""
    room = params["prompt"] + params["positions"] - 1
    return whole(as_network(implementation, config), room)(parameters)


def check(reference, candidate, params, device=None):
    """The verdict of the gate on a candidate on a device, or on the CPU."""
    return check_parity(
        Side(reference, cpu()),
        Side(candidate, device or cpu()),
        prompts(params["prompts"], params["prompt"]),
        positions=params["positions"],
    )


def changed(start, change):
    """A decoder whose logits pass through `change`."""

    def start_changed(device):
        decoder = start(device)
        return lambda tokens_T: change(decoder(tokens_T))

    return start_changed


def made_up(params):
    """Logits [P, V] of which no two largest lie close."""
    rng = np.random.default_rng(params["seed"])
    logits_PV = rng.normal(size=(params["positions"], params["vocabulary"]))
    logits_PV[np.arange(len(logits_PV)), rng.integers(0, params["vocabulary"], len(logits_PV))] += 9
    return logits_PV


def with_gap(logits_PV, positions, gap):
    """The logits with the second largest so far below the largest at these positions."""
    logits_PV = logits_PV.copy()
    for p in positions:
        first, second = np.argsort(logits_PV[p])[[-1, -2]]
        logits_PV[p, first] = logits_PV[p, second] + gap
    return logits_PV


def exchanged(logits_PV, positions):
    """The logits with the two largest just exchanged in order, by the least change that does it."""
    logits_PV = logits_PV.copy()
    for p in positions:
        first, second = np.argsort(logits_PV[p])[[-1, -2]]
        half = (logits_PV[p, first] - logits_PV[p, second]) / 2
        logits_PV[p, first] -= half * 1.001
        logits_PV[p, second] += half * 1.001
    return logits_PV


# The comparison.


def falsify_cpu_gpu_cosine_is_of_directions(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    for size in params["sizes"]:
        a, b = rng.normal(size=(2, size))
        for factor in params["factors"]:
            value = implementation(one=a, other=factor * a)
            assert abs(value - 1) <= params["tol"]
            assert abs(implementation(one=a, other=-factor * a) + 1) <= params["tol"]
            value = implementation(one=factor * a, other=b)
            assert abs(value - oracle.cosine(a, b)) <= params["tol"]
        orthogonal = b - a * (a @ b) / (a @ a)
        assert abs(implementation(one=a, other=orthogonal)) <= params["tol"]
    good = np.array([1.0, 2.0])
    for bad in ([1.0, np.nan], [np.inf, 1.0], [0.0, 0.0], [], [1.0, 2.0, 1.0], [[1.0, 2.0]]):
        for pair in ((good, np.array(bad)), (np.array(bad), good)):
            with pytest.raises(ValueError, match="FALSIFY-CPU-GPU-COSINE"):
                implementation(one=pair[0], other=pair[1])
    with pytest.raises(ValueError, match="FALSIFY-CPU-GPU-COSINE"):
        implementation(one=np.array([]), other=np.array([]))


def check_distance(implementation, params, truth):
    """The oracle's at every position, whatever constant is added, and whatever the size."""
    rng = np.random.default_rng(params["seed"])
    for vocabulary in params["vocabularies"]:
        for size in params["sizes"]:
            reference_PV = rng.normal(size=(params["rows"], vocabulary)) * 2
            candidate_PV = reference_PV + size * rng.normal(size=reference_PV.shape)
            shift_P1 = rng.normal(size=(params["rows"], 1)) * params["offset"]
            found_P = implementation(
                reference_PV=reference_PV, candidate_PV=candidate_PV + shift_P1
            )
            truth_P = [truth(*pair) for pair in zip(reference_PV, candidate_PV, strict=True)]
            np.testing.assert_allclose(found_P, truth_P, rtol=params["rel_tol"])
    same_P = implementation(reference_PV=reference_PV, candidate_PV=reference_PV)
    np.testing.assert_array_equal(same_P, 0)


def falsify_cpu_gpu_relative_l2_is_of_the_centred_logits(implementation, falsifier):
    check_distance(implementation, falsifier.params, oracle.relative_l2)


def falsify_cpu_gpu_kl_is_of_the_reference(implementation, falsifier):
    check_distance(implementation, falsifier.params, oracle.divergence)


# The verdict.


def falsify_def_03_a_near_tie_is_no_fault(falsifier):
    params = falsifier.params
    tolerance = tolerance_for(FULL)
    assert tolerance.tau == params["tau"]
    accepted, rejected = params["gaps_in_tau"]
    at = params["at"]
    clean_PV = made_up(params)
    near_PV = with_gap(clean_PV, [at], accepted * tolerance.tau)
    report = parity.compare(near_PV, exchanged(near_PV, [at]), tolerance, "cuda:0")
    assert report.is_accepted, report
    assert (report.measured.exempt, report.measured.flipped) == (1, 0)
    clear_PV = with_gap(clean_PV, [at], rejected * tolerance.tau)
    # The network beside it is right to the last bit: only the arg-max can tell.
    report = parity.compare(clear_PV, exchanged(clear_PV, [at]), tolerance, "cuda:0")
    assert not report.is_accepted
    assert (report.measured.exempt, report.measured.flipped) == (0, 1)
    assert [reason.split()[0] for reason in report.reasons] == ["arg-max"]
    # Rounding to float32 is a correct path, too.
    rounded_PV = clean_PV.astype(np.float32)
    assert (rounded_PV != clean_PV).any()
    assert parity.compare(clean_PV, rounded_PV, tolerance, "cuda:0").is_accepted
    for bad in (np.nan, np.inf, -np.inf):
        for side in range(2):
            pair = [clean_PV.copy(), clean_PV.copy()]
            pair[side][at, 3] = bad
            report = parity.compare(*pair, tolerance, "cuda:0")
            assert not report.is_accepted
            assert f"not finite at position {at}" in report.reasons[0]


def falsify_cpu_gpu_007_a_correct_path_is_taken(falsifier):
    params = falsifier.params
    tolerance = tolerance_for(FULL)
    clean_PV = made_up(params)
    for ties, is_accepted in zip(params["ties"], params["accepted"], strict=True):
        tied_PV = with_gap(clean_PV, range(ties), tolerance.tau)
        report = parity.compare(tied_PV, exchanged(tied_PV, range(ties)), tolerance, "cuda:0")
        assert report.is_accepted == is_accepted
        assert (report.measured.exempt, report.measured.flipped) == (ties, 0)
        shown = f"{ties} of {len(clean_PV)} positions are exempt, more than 5%"
        assert (report.reasons == ()) if is_accepted else (report.reasons == (shown,))
    # The same network, added up in another order: from its cache.
    for name in params["models"]:
        config, parameters = tiny(name)
        room = params["prompt"] + params["positions"] - 1
        report = check(
            whole(as_network(forward, config), room)(parameters),
            cached(config, parameters, room),
            params,
        )
        assert report.is_accepted, report
        assert 0 < report.measured.rel_l2 <= tolerance.rel_l2


def falsify_cpu_gpu_005_one_gate_for_every_backend(falsifier):
    params = falsifier.params
    tolerance = tolerance_for(FULL)
    reference_PV = made_up(params)
    noise_PV = np.random.default_rng(params["seed"] + 1).normal(size=reference_PV.shape)
    # The cosine that was seen: of the reference and noise, mixed.
    mixed_PV = reference_PV * params["cosine"] + noise_PV * np.sqrt(1 - params["cosine"] ** 2)
    verdicts = set()
    for backend in params["backends"]:
        assert parity.compare(reference_PV, reference_PV, tolerance, backend).is_accepted
        report = parity.compare(reference_PV, mixed_PV, tolerance, backend)
        assert not report.is_accepted
        line = report.line("nothing else is taken")
        assert line.startswith(f"[{PARITY}] {backend} path rejected: rel_l2 ")
        assert f"above {params['rel_l2']:.3e}" in line
        assert "\n" not in line
        verdicts.add((report.measured, report.reasons, line.replace(backend, "")))
    assert len(verdicts) == 1


def falsify_cpu_gpu_013_a_short_record_says_nothing(falsifier):
    params = falsifier.params
    tolerance = tolerance_for(FULL)
    least, short = params["positions"], params["too_few"]
    long_PV = made_up(params)
    assert parity.compare(long_PV, long_PV, tolerance, "cuda:0").is_accepted
    for few in (short, least - 1):
        report = parity.compare(long_PV[:few], long_PV[:few], tolerance, "cuda:0")
        assert not report.is_accepted
        assert report.reasons == (f"{few} positions are fewer than {least}",)
    for other_PV in (long_PV[:, 1:], long_PV[1:], long_PV[0]):
        report = parity.compare(long_PV, other_PV, tolerance, "cuda:0")
        assert not report.is_accepted
        assert "have shape" in report.reasons[0]
    constant_PV = np.ones_like(long_PV)
    assert not parity.compare(constant_PV, constant_PV, tolerance, "cuda:0").is_accepted

    def refused(match, texts, positions, precision=FULL):
        def start(_device):
            raise AssertionError("decoded before the record's extent was checked")

        side = Side(start, cpu())
        with pytest.raises(ValueError, match=match):
            check_parity(side, side, texts, positions=positions, precision=precision)

    texts = prompts(params["prompts"], 3)
    refused(f"positions = {short} behind", texts, short)
    refused("3 different prompts", texts[:-1], least)
    refused("1 different prompts", [texts[0]] * params["prompts"], least)
    refused("none of them empty", [*texts, []], least)
    for precision in params["unmeasured"]:
        refused("has no measured bound", texts, least, Precision(*precision))


def falsify_cpu_gpu_013_basis_bounds_say_the_same(falsifier):
    params = falsifier.params
    tolerance = tolerance_for(FULL)
    stated = Tolerance(
        rel_l2=params["rel_l2"],
        kl=params["kl"],
        tau=params["tau"],
        max_exempt=params["max_exempt"],
    )
    assert tolerance == stated
    rng = np.random.default_rng(params["seed"])
    largest = 0.0
    for _ in range(params["rows"]):
        logits_V = rng.normal(size=params["vocabulary"]) * rng.uniform(*params["scales"])
        # The worst difference within tau: up where it is likely, down elsewhere, or at random.
        half_V = np.argsort(np.argsort(-logits_V)) < rng.integers(1, params["vocabulary"])
        moved_V = logits_V + tolerance.tau * np.where(half_V, 1, -1)
        largest = max(largest, oracle.divergence(logits_V, moved_V))
    assert largest <= tolerance.tau**2 / 2 <= tolerance.kl
    # Twice tau is above the bound somewhere: tau is not far below what KL allows.
    assert 4 * largest > tolerance.kl
    for name in ("rel_l2", "kl", "tau"):
        for bad in (0.0, -1.0, np.nan, np.inf):
            with pytest.raises(ValueError, match=name):
                replace(tolerance, **{name: bad})
    for bad in (1.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="max_exempt"):
            replace(tolerance, max_exempt=bad)


def falsify_cpu_gpu_013_precision_is_the_one_that_is_judged(falsifier):
    params = falsifier.params
    logits_PV = made_up(params)
    seen = []

    def start(_device):
        def decoder(tokens_T):
            seen.append(jax.config.jax_default_matmul_precision)
            return jnp.asarray(logits_PV[tokens_T[-1:] % len(logits_PV)])

        return decoder

    with jax.default_matmul_precision(params["outside"]):
        report = check_parity(Side(start, cpu()), Side(start, cpu()), prompts(params["prompts"], 3))
    assert report.is_accepted
    assert report.positions == params["prompts"] * params["positions"]
    assert len(seen) == 2 * report.positions
    assert set(seen) == {params["inside"]}


# Networks with faults in them.


def falsify_def_01_a_transposed_head_is_seen(implementation, falsifier):
    params = falsifier.params
    config, parameters = tiny(params["model"])
    assert config.vocab_size != config.hidden_size
    head_VD = parameters["head"]
    room = params["prompt"] + params["positions"] - 1

    def by_oracle(hidden_TD):
        product_TV = np.asarray(hidden_TD, np.float64) @ head_VD.T.astype(np.float64)
        return jnp.asarray(product_TV.astype(np.float32))

    hidden = whole(lambda p, tokens: Transformer(config, p).hidden(tokens), room)
    reference = changed(hidden(parameters), by_oracle)
    network = whole(as_network(implementation, config), room)
    report = check(reference, network(parameters), params)
    assert report.is_accepted, report
    assert report.positions == params["prompts"] * params["positions"]
    assert report.measured.rel_l2 <= params["rel_tol"]

    turned = parameters | {"head": head_VD.reshape(config.hidden_size, -1).T}
    report = check(reference, network(turned), params)
    assert not report.is_accepted
    assert report.measured.flipped > 0

    scaled = changed(network(parameters), lambda logits_TV: params["factor"] * logits_TV)
    report = check(reference, scaled, params)
    assert not report.is_accepted
    assert report.measured.cosine > params["cosine"]
    assert report.measured.flipped == 0
    assert report.reasons[0].startswith("rel_l2 ")


def falsify_def_02_the_cache_is_the_whole_at_every_position(implementation, falsifier):
    params = falsifier.params
    for name in params["models"]:
        config, parameters = tiny(name)
        reference = whole_of(implementation, config, parameters, params)
        candidate = cached(config, parameters, params["prompt"] + params["positions"] - 1)
        report = check(reference, candidate, params)
        assert report.is_accepted, report
        assert report.positions == params["prompts"] * params["positions"]
        assert report.measured.rel_l2 <= params["rel_tol"]
        with pytest.raises(ValueError, match=f"positions = {params['too_few']} behind"):
            check(reference, candidate, dict(params) | {"positions": params["too_few"]})


def falsify_cpu_gpu_011_replay_is_no_result(implementation, falsifier):
    params = falsifier.params
    for name in params["models"]:
        config, parameters = tiny(name)
        network = as_network(implementation, config)
        compiled = jax.jit(network)
        texts = [tiny_models.tokens(), (tiny_models.tokens() * 3 + 1) % tiny_models.VOCABULARY]
        results = []
        for tokens_BT in texts:
            found_BTV = np.asarray(compiled(parameters, tokens_BT), np.float64)
            with jax.disable_jit():
                truth_BTV = np.asarray(network(parameters, tokens_BT), np.float64)
            error = np.linalg.norm(found_BTV - truth_BTV)
            assert error <= params["rel_tol"] * np.linalg.norm(truth_BTV)
            results.append(found_BTV)
        apart = np.linalg.norm(results[1] - results[0])
        assert apart > params["apart"] * np.linalg.norm(results[0])


def falsify_cpu_gpu_008_a_massive_channel_is_kept(implementation, falsifier):
    params = falsifier.params
    config, parameters = tiny(params["model"])
    shapes = {n: s for n, s in tensor_shapes(config).items() if n.startswith(PREFIX)}
    tensors = tiny_models.tensors(shapes)
    rng = np.random.default_rng(params["seed"])
    x_BTD = rng.normal(size=(1, params["length"], config.hidden_size))
    rms = np.sqrt((x_BTD**2).mean())
    x_BTD[:, :, params["channel"]] = params["times_rms"] * rms
    x_BTD = x_BTD.astype(np.float32)
    truth_BTD = oracle.llama_layer(
        {name.removeprefix(PREFIX): value for name, value in tensors.items()},
        x_BTD.astype(np.float64),
        config.num_attention_heads,
        config.num_key_value_heads,
        config.rope_theta,
        config.rms_norm_eps,
    )
    positions_BT = np.arange(params["length"])[None]
    frequencies = inverse_frequencies(config.head_dim, config.rope_theta)
    where = Where(
        *rope_tables(positions_BT, frequencies), causal(params["length"], params["length"]), 0
    )
    layer = {name: stacked[0] for name, stacked in parameters["layers"].items()}
    found_BTD, _ = implementation(
        config=config, layer=layer, x_BTD=jnp.asarray(x_BTD), where=where, cached=None
    )
    found_BTD = np.asarray(found_BTD, np.float64)
    error = np.linalg.norm(found_BTD - truth_BTD)
    assert error <= params["rel_tol"] * np.linalg.norm(truth_BTD)
    # The channel itself is most of that length: what the layer adds is judged alone as well.
    added = np.linalg.norm(truth_BTD - x_BTD)
    assert error <= params["rel_tol"] * added


# What becomes of the run.


def falsify_cpu_gpu_014_a_forced_backend_never_downgrades(falsifier, caplog):
    params = falsifier.params
    reference_PV = made_up(params)
    tolerance = tolerance_for(FULL)
    good = parity.compare(reference_PV, reference_PV, tolerance, "cuda:0")
    bad = parity.compare(reference_PV, params["factor"] * reference_PV, tolerance, "cuda:0")
    gpu = object()
    with caplog.at_level(logging.DEBUG):
        for asked in (*params["forced"], "auto"):
            taken = admission.admitted(good, gpu, asked)
            assert taken.device is gpu
            assert taken.validity == "VALID"
        for asked in params["forced"]:
            with pytest.raises(PathRejectedError) as refusal:
                admission.admitted(bad, gpu, asked)
            shape = rf"\[{PARITY}\] cuda:0 path rejected: rel_l2 .*; {asked} was asked for .*014\)"
            assert re.fullmatch(shape, str(refusal.value))
        assert caplog.messages == []
        taken = admission.admitted(bad, gpu, "auto")
        assert taken.device == cpu()
        assert taken.validity == "VALID"
        assert len(caplog.messages) == 1
        line = caplog.messages[0]
        assert re.fullmatch(
            rf"\[{PARITY}\] cuda:0 path rejected: rel_l2 .*; auto continues on cpu", line
        )
        caplog.clear()
        taken = admission.unchecked(cpu())
        assert taken.device == cpu()
        assert taken.validity == params["mark"]
        assert len(caplog.messages) == 1
        line = caplog.messages[0]
        assert line.startswith("override: ")
        assert params["mark"] in line


def probed(cli, *arguments, **env):
    """What the probe printed, and what stood on stderr."""
    done = cli("falsifiers.device_probe", *arguments, env=env)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def falsify_cpu_gpu_003_a_rejection_is_seen_without_a_flag(cli, falsifier):
    params = falsifier.params
    found, said = probed(cli, "reject", str(params["factor"]), JAX_PLATFORMS="cpu")
    assert found["taken"] == "cpu"
    assert said.count("path rejected") == 1
    assert f"[{PARITY}] cuda:0 path rejected: rel_l2 " in said
    _, said = probed(cli, "reject", "1", JAX_PLATFORMS="cpu")
    assert "path rejected" not in said


def falsify_cpu_gpu_004_cpu_starts_no_other_backend(cli, falsifier):
    del falsifier
    found, said = probed(cli, "select", "cpu", JAX_PLATFORMS="")
    assert found == {"taken": "cpu", "said": "", "started": ["cpu"], "arrays": 0}
    assert "rejected" not in said
    # The pretended backend would have been seen.
    found, said = probed(cli, "select", "auto", JAX_PLATFORMS="")
    assert "pretended" in found["started"]
    assert found["taken"] == "cpu"
    assert f"[{PARITY}] cuda path rejected: there is no CUDA device" in said


def falsify_cpu_gpu_009_astray_outputs_on_another_device_are_rejected(cli, falsifier):
    env = {"JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": str(falsifier.params["devices"])}
    (there, elsewhere), _ = probed(cli, "astray", "1,0", **env)
    assert there == {"accepted": True, "reasons": [], "devices": ["cpu:1"], "flipped": 0}
    assert elsewhere == {
        "accepted": False,
        "reasons": ["its outputs stand on cpu"],
        "devices": ["cpu"],
        "flipped": 0,
    }


def falsify_cpu_gpu_012_the_models_are_derived(falsifier):
    params = falsifier.params
    written = tiny_models.CONFIGS
    derived = rows.parity_rows(map(from_hugging_face, written.values()))
    expected = {}
    for config in written.values():
        (architecture,) = config["architectures"]
        fixed = {"qwen2": True, "mistral": False}.get(config["model_type"])
        bias = config["attention_bias"] if fixed is None else fixed
        width = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])
        row = (architecture, config["tie_word_embeddings"], bias, width)
        expected.setdefault(row, config)
    assert list(derived) == list(expected)
    assert len(derived) == params["rows"]
    for row, config in derived.items():
        assert config == from_hugging_face(expected[row])
    assert {row.architecture for row in derived} == {f.architecture for f in FAMILIES.values()}
    assert rows.parity_rows([]) == {}


# On a GPU.


def on_gpu(implementation, name, params):
    """The verdict on the implementation on the first accelerator, and that it was the one."""
    config, parameters = tiny(name)
    start = whole_of(implementation, config, parameters, params)
    gpu = jax.devices()[0]
    report = check(start, start, params, gpu)
    assert report.devices == (label(gpu),)
    assert report.measured is not None, report
    return report


def falsify_cpu_gpu_001_first_tokens_are_the_cpus(implementation, falsifier):
    params = falsifier.params
    for name in params["models"]:
        report = on_gpu(implementation, name, params)
        assert report.measured.flipped == 0, report
        assert report.measured.exempt <= params["max_exempt"] * report.positions, report


def falsify_cpu_gpu_002_logits_are_the_cpus(implementation, falsifier):
    params = falsifier.params
    for name in params["models"]:
        report = on_gpu(implementation, name, params)
        assert report.is_accepted, report
        assert report.measured.rel_l2 <= params["rel_l2"], report
        assert report.measured.kl <= params["kl"], report


def falsify_cpu_gpu_009_tokens_are_the_cpus_and_made_on_the_gpu(falsifier):
    params = falsifier.params
    gpu = jax.devices()[0]
    for name in params["models"]:
        config, parameters = tiny(name)
        start = cached(config, parameters, params["prompt"] + params["positions"] - 1)
        report = check(start, start, params, gpu)
        assert report.devices == (label(gpu),)
        assert report.is_accepted, report
        assert report.measured.flipped == 0


def falsify_cpu_gpu_015_parity_of_every_row(implementation, falsifier):
    params = falsifier.params
    configs = {name: tiny(name)[0] for name in tiny_models.CONFIGS}
    derived = rows.parity_rows(configs.values())
    assert len(derived) >= len(FAMILIES)
    for row, config in derived.items():
        name = next(name for name, other in configs.items() if other == config)
        report = on_gpu(implementation, name, params)
        assert report.is_accepted, (row, report)


def falsify_cpu_gpu_014_live_a_forced_gpu_is_refused_and_not_replaced(falsifier):
    params = falsifier.params
    gpu = select_device("cuda")
    assert gpu == jax.devices()[0]
    config, parameters = tiny(params["model"])
    start = cached(config, parameters, params["prompt"] + params["positions"] - 1)
    report = check(start, start, params, gpu)
    assert admission.admitted(report, gpu, "cuda").device == gpu
    scaled = changed(start, lambda logits_TV: params["factor"] * logits_TV)
    report = check(start, scaled, params, gpu)
    with pytest.raises(PathRejectedError, match="cuda:0 path rejected: rel_l2"):
        admission.admitted(report, gpu, "cuda")
    assert admission.admitted(report, gpu, "auto").device == cpu()


def falsify_cpu_gpu_004_live_cpu_starts_no_gpu(cli, falsifier):
    del falsifier
    found, _ = probed(cli, "select", "cpu", JAX_PLATFORMS="")
    assert found == {"taken": "cpu", "said": "", "started": ["cpu"], "arrays": 0}
    # This process may hold most of the GPU's memory.
    env = {"JAX_PLATFORMS": "", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    found, _ = probed(cli, "select", "auto", **env)
    assert found["taken"] == "cuda:0"
    assert "cuda" in found["started"]
