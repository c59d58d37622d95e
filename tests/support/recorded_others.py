"""What to write for the recorded curves of the peers that the tests do not install."""

from typing import Any

from parity import write
from recorded_live import N, W

import schedcore as sc

INVERSE = sc.Join((sc.Constant(1.0), sc.InversePower(1.0, 40 / 100)), (1 / 6, 5 / 6))
MAIN = write("timm", "TanhLRScheduler(lb", lr=1.0, lr_min=0.1, lb=-7.0, ub=3.0)
TIMM = {"lr_min": 0.1, "warmup_t": W, "warmup_lr_init": 0.01}

# The recorded curve, the library and its row, and its letters, as in recorded_live.
MORE: list[tuple[str, str, str, dict[str, Any]]] = [
    ("timm cosine k_decay=2", "timm", "CosineLRScheduler(k_decay)", TIMM | {"k_decay": 2.0}),
    (
        "timm cosine cycle_mul=2,decay=.5,limit=3 (17)",
        "timm",
        "CosineLRScheduler(cycle_mul",
        {
            "N": 119,
            "lr_min": 0.1,
            "t_initial": 17,
            "cycle_mul": 2,
            "cycle_decay": 0.5,
            "cycle_limit": 3,
        },
    ),
    (
        "timm cosine warmup prefix=False",
        "timm",
        "CosineLRScheduler(warmup_t",
        TIMM | {"lr_min": 0.0},
    ),
    (
        "timm cosine warmup prefix=True",
        "timm",
        "CosineLRScheduler(warmup_prefix",
        TIMM | {"lr_min": 0.0},
    ),
    ("timm tanh", "timm", "TanhLRScheduler(lb", {"lr_min": 0.1, "lb": -7.0, "ub": 3.0}),
    ("timm tanh warmup", "timm", "TanhLRScheduler(warmup_t", TIMM | {"main": MAIN}),
    ("timm poly .5", "timm", "PolyLRScheduler", {"power": 0.5, "lr_min": 0.1}),
    ("timm step", "timm", "StepLRScheduler", {"decay_t": 30, "decay_rate": 0.1}),
    (
        "timm multistep (cut at milestone-1)",
        "timm",
        "MultiStepLRScheduler",
        {"decay_t": [30, 60], "decay_rate": 0.1},
    ),
    (
        "po wsd 1-square (no floor!)",
        "pytorch_optimizer",
        "get_wsd_schedule",
        {"num_decay_steps": 30},
    ),
    (
        "po REX (value k after k-th call)",
        "pytorch_optimizer",
        "REXScheduler",
        {"total_steps": N, "max_lr": 1.0, "min_lr": 0.1},
    ),
    (
        "mmengine Linear (u=step/(end-1))",
        "mmengine",
        "LinearLR",
        {"start_factor": 0.1, "end_factor": 1.0},
    ),
    ("mmengine Poly p=2 (u=step/(end-1))", "mmengine", "PolyLR", {"power": 2.0, "eta_min": 0.1}),
    (
        "mmengine CosineRestart",
        "mmengine",
        "CosineRestartLR",
        {"periods": [50, 70], "restart_weights": [1.0, 0.5], "eta_min": 0.1},
    ),
    (
        "fastai fit_one_cycle lr",
        "fastai",
        "fit_one_cycle",
        {"lr_max": 1.0, "pct_start": 0.25, "div": 25.0, "div_final": 1e5},
    ),
    ("fastai fit_flat_cos", "fastai", "fit_flat_cos", {"pct_start": 0.75, "div_final": 1e5}),
    ("fastai SchedPoly", "fastai", "SchedPoly", {"start": 0.1, "end": 1.0, "power": 3.0}),
    ("axolotl RexLR (beta=.9)", "LLM trainers", "Axolotl: RexLR", {"start": 1.0, "end": 0.1}),
    ("axolotl quadratic warmup", "LLM trainers", "Axolotl: cosine with quadratic", {}),
    (
        "Megatron WSD exponential = esat(1,0,ln2)",
        "LLM trainers",
        "Megatron-LM: WSD, exponential",
        {},
    ),
    ("lm-engine exponential = esat(1,f,1)", "LLM trainers", "lm-engine: exponential", {"f": 0.1}),
    (
        "WSD-S harmonic = invpow(a,1/(a/b-1),1)",
        "LLM trainers",
        "WSD-S: harmonic",
        {"start": 1.0, "end": 0.1},
    ),
    ("epfml mirror_cosine = 2*lin-cos", "LLM trainers", "epfml: mirror_cosine", {"f": 0.1}),
    ("OLMo CosLinearEnvelope = b + lin*cos", "LLM trainers", "OLMo: CosLinearEnvelope", {"f": 0.1}),
    (
        "big_vision rsqrt*warmup*cooldown",
        "LLM trainers",
        "big_vision",
        {"inverse": INVERSE, "cooldown_steps": 30},
    ),
    (
        "OLMo-core PowerLR b=-.51",
        "LLM trainers",
        "OLMo-core: PowerLR",
        {"b": -0.51, "stable": 70, "cooldown_steps": 30, "low": 4.5**-0.51},
    ),
    ("OLMo-core HalfCos", "LLM trainers", "OLMo-core: HalfCos", {"f": 0.1}),
    (
        "fairseq tri_stage",
        "LLM trainers",
        "fairseq: tri_stage",
        {"w": 12, "hold": 48, "init_scale": 0.01, "final_scale": 0.01},
    ),
    ("DeepSpeed WarmupLR log = warp(lin,log)", "LLM trainers", "DeepSpeed: WarmupLR", {"N": 20}),
]
