"""One grammar for parameter errors: `Cosine: 'end' must be finite, got nan`.

Every complaint about a parameter is worded here. Nothing of ours is imported.
"""

import math
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LARGEST = 1e150
SMALLEST = sys.float_info.min

# What other libraries call our parameters, for "did you mean".
_FOREIGN = {
    "start": "start_value init_value init_lr initial_lr initial_value initial_learning_rate "
    "base_lr base_value warmup_start_value warmup_init_lr warmup_lr_init start_factor lr",
    "end": "end_value eta_min min_lr lr_min final_lr end_lr final_value final_learning_rate "
    "end_learning_rate alpha alpha_f min_value minimum end_factor lr_end min_lr_ratio",
    "peak": "peak_value peak_lr max_lr max_value eta_max warmup_target base_lr lr",
    "warmup": "warmup_steps num_warmup_steps warmup_ratio warmup_t warmup_iters warmup_epochs "
    "t_warmup warmup_duration warmup_length pct_start",
    "length": "warmup_steps num_warmup_steps warmup_ratio warmup_t t_warmup pct_start",
    "cooldown": "decay_steps num_decay_steps decay_ratio cooldown_steps warmdown decay_length",
    "power": "p exponent degree",
    "lengths": "pcts fractions durations",
    "pieces": "schedules schedulers scheds",
    "boundaries": "milestones bounds decay_t step_size",
    "times": "num_cycles n_cycles cycles cycle_limit num_decays",
    "stretch": "T_mult t_mult cycle_mult cycle_mul mult",
    "decay": "cycle_decay m_mul lr_multiplier gamma lr_shrink",
    "shape": "decay_type anneal_strategy cooldown_type shape_type",
    "interval": "restart_interval_length T_0 t_0 first_decay_steps",
    "adaptive": "is_adaptive",
    "wave": "wave_type",
    "div": "div_factor",
    "final_div": "final_div_factor div_final",
    "min_factor": "min_lr min_scale",
    "gamma": "decay_rate decay lr_decay factor",
    "low": "base_lr min_lr",
    "high": "max_lr",
    "stable": "pct_start num_stable_steps hold",
    "total": "T_max num_training_steps t_initial max_iter num_epochs total_iters total_steps",
    "total_steps": "T_max num_training_steps t_initial max_iter num_updates total_iters max_steps",
    "updates": "num_epochs epochs num_updates",
    "cnn": "vision image_classification classification imagenet convnet",
    "vit": "vision_transformer transformer_vision image_transformer",
    "gpt": "nlp llm language language_model language_modeling causal_lm",
    "bert": "mlm masked_language_model encoder",
    "translation": "machine_translation seq2seq nmt",
    "detection": "object_detection detector",
    "segmentation": "semantic_segmentation unet",
    "self_supervised": "ssl self-supervised contrastive",
    "fine_tuning": "finetuning finetune fine_tune transfer_learning",
    "one_cycle": "fast onecycle super_convergence",
    "horizon": "total_steps T_max num_training_steps max_iter num_updates total_iters max_steps",
    "epochs": "num_epochs max_epochs n_epochs num_train_epochs",
    "batch_size": "batch bs global_batch_size train_batch_size ims_per_batch",
    "accumulation": "gradient_accumulation_steps accumulate_grad_batches update_freq accum_steps",
    "world_size": "num_processes num_gpus n_gpus num_replicas",
}
_MEANT = {ours: frozenset(words.lower().split()) for ours, words in _FOREIGN.items()}


def fault(owner: str, name: str, must: str, got: object) -> str:
    """The sentence for a parameter that is not what it must be."""
    return f"{owner}: {name!r} must {must}, got {got!r}"


def number(owner: str, name: str, x: object) -> float:
    """A finite real number as a Python float (a numpy scalar too; not a bool, not a string)."""
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(fault(owner, name, "be a number", x))
    try:
        y = float(x)
    except OverflowError:
        y = math.inf
    if not math.isfinite(y):
        raise ValueError(fault(owner, name, "be finite", x))
    return y + 0.0  # -0.0 and 0.0 are one value, with one repr


def measured(owner: str, name: str, x: object) -> float:
    """A number that was measured, perhaps inf or NaN: of Python, or an array or tensor of one."""
    alone = x.item() if math.prod(getattr(x, "shape", (0,))) == 1 and hasattr(x, "item") else x
    if isinstance(alone, bool) or not isinstance(alone, Real):
        raise TypeError(fault(owner, name, "be a number", x))
    try:
        return float(alone)
    except OverflowError:
        raise ValueError(fault(owner, name, "fit into a float", x)) from None


def value(owner: str, name: str, x: object) -> float:
    """A number that a schedule may take: at most 1e150 in size, and not subnormal."""
    y = number(owner, name, x)
    if abs(y) > LARGEST or 0 < abs(y) < SMALLEST:
        must = f"be 0 or between {SMALLEST!r} and {LARGEST!r} in size"
        raise ValueError(fault(owner, name, must, x))
    return y


def between(owner: str, name: str, x: object, lowest: float, highest: float) -> float:
    """A number from `lowest` to `highest`, both included."""
    y = number(owner, name, x)
    if not lowest <= y <= highest:
        raise ValueError(fault(owner, name, f"be between {lowest!r} and {highest!r}", x))
    return y


def positive(owner: str, name: str, x: object) -> float:
    """A value above 0."""
    y = value(owner, name, x)
    if y <= 0:
        raise ValueError(fault(owner, name, "be above 0", x))
    return y


def integer(owner: str, name: str, x: object, lowest: int, highest: int | None = None) -> int:
    """A whole number (int or numpy integer), at least `lowest` and at most `highest`."""
    if isinstance(x, bool) or not isinstance(x, Integral):
        raise TypeError(fault(owner, name, "be an integer", x))
    k = int(x)
    if k < lowest or (highest is not None and k > highest):
        must = f"be at least {lowest}" if highest is None else f"be from {lowest} to {highest}"
        raise ValueError(fault(owner, name, must, x))
    return k


def sequence(owner: str, name: str, x: object) -> tuple[Any, ...]:
    """Several things in order, as a tuple."""
    if isinstance(x, str) or not isinstance(x, Iterable):
        raise TypeError(fault(owner, name, "be a list or a tuple", x))
    return tuple(x)


def one_of(owner: str, name: str, x: object, allowed: Iterable[str]) -> str:
    """One of a few words."""
    words = tuple(allowed)
    if not isinstance(x, str):
        raise TypeError(fault(owner, name, f"be one of {', '.join(map(repr, words))}", x))
    if x not in words:
        raise ValueError(fault(owner, name, f"be one of {', '.join(map(repr, words))}", x))
    return x


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was meant to be: by another library's name, or by spelling."""
    names = tuple(known)
    for name in names:
        if word.lower() in _MEANT.get(name, ()):
            return name
    import difflib  # here, since only an error needs it

    close = difflib.get_close_matches(word, names, n=1)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean 'end'? `, to stand before what is known; nothing if none is near."""
    meant = nearest_word(word, known)
    return f"did you mean {meant!r}? " if meant else ""


def keywords(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a keyword that is not a parameter, naming the one that was probably meant."""
    names = tuple(known)
    for word in given:
        if word in names:
            continue
        hint = did_you_mean(word, names)
        if not hint and word.lower() in _MEANT["total_steps"]:
            hint = "a schedule has no length in steps; use schedule.over(total_steps). "
        raise TypeError(f"{owner}: unknown parameter {word!r}: {hint}It takes ({', '.join(names)})")


def answering(function: Callable[P, R]) -> Callable[P, R]:
    """Let a wrong keyword of a function be answered with the one that was meant."""
    code = function.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        keywords(function.__name__, kwargs, known)
        return function(*args, **kwargs)

    return checked
