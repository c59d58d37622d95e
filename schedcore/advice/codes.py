"""What each code of a finding means: one paragraph a code, which is its documentation.

A code never changes its meaning. Its rule is in `_length_rules` or `_value_rules`; those that only
a run can show are raised by the torch adapter.
"""

from typing import NamedTuple

from schedcore._checks import did_you_mean, fault


class Code(NamedTuple):
    """The documentation of a code."""

    severity: str
    """That of its findings, unless the paragraph says otherwise."""
    paragraph: str


IN_A_SCHEDULE = {
    "no-warmup": Code(
        "error",
        "The learning rate begins above half of its peak, in a run that needs a warmup: a "
        "transformer from scratch whose peak is above 1e-4 (Vaswani et al. 2017, arXiv:1706.03762, "
        "section 5.3; needed where norms stand after the shortcuts, while those with norms before "
        "them can do without: Xiong et al. 2020, arXiv:2002.04745), or, as a warning, batches "
        "above 512 (Goyal et al. 2017, arXiv:1706.02677, section 2.2). The first updates are then "
        "too large for random weights: the loss diverges, or is noisy and ends higher. Not looked "
        "for with pretrained weights, whose rates are low, nor with RAdam, which warms up itself.",
    ),
    "zero-first-lr": Code(
        "note",
        "The learning rate of the first update is 0, so that update changes nothing: the first "
        "batch is wasted. Many published recipes do so. Where the schedule is held for an epoch, "
        "it is the whole first epoch, and a warning. A warmup from a small value, or "
        "sample='right', which reads step k at (k+1)/N, avoids it.",
    ),
    "horizon-short": Code(
        "warning",
        "The schedule has fewer steps than training makes: the rest of the run trains at its last "
        "value, which is close to 0 for most. Up to one step in a hundred it is a note.",
    ),
    "horizon-long": Code(
        "warning",
        "The schedule has more steps than training makes: the run stops before the learning rate "
        "has come down. The usual causes are gradient accumulation and several processes, which "
        "make fewer updates of the same batches; Horizon.samples counts them. Up to one step in "
        "a hundred it is a note.",
    ),
    "stepped-per-update": Code(
        "error",
        "The schedule has as many steps as there are epochs, but moves on with each update: it is "
        "over within the first epoch or soon after.",
    ),
    "stepped-per-epoch": Code(
        "error",
        "The schedule has as many steps as there are updates, but moves on once an epoch: the run "
        "ends while it has hardly begun, often within its warmup.",
    ),
    "high-end": Code(
        "warning",
        "The last learning rate is above a quarter of the peak, in a run of 10 epochs or more "
        "from scratch. Most of what a schedule gains comes from its last part, where the noise "
        "of the updates dies down (Li et al. 2020, arXiv:1905.04753). A warmup-stable-decay run "
        "that is to be continued is meant to end so.",
    ),
    "one-cycle-long": Code(
        "warning",
        "One cycle, with a rise over a quarter to a half of the run, is spread over more than 50 "
        "epochs. It was made for fast runs of 10 to 30 (Smith and Topin 2019, arXiv:1708.07120); "
        "a long one loses its time at rates that are too high or too low, where a short warmup "
        "and a cosine do not.",
    ),
    "milestone-unreached": Code(
        "warning",
        "A part of the schedule is seen by no step: a milestone at or after the end of training, "
        "or a piece that is shorter than a step and falls between two.",
    ),
    "restart-at-end": Code(
        "warning",
        "A warm restart falls on the last step or the last hundredth of the run: training ends at "
        "a high learning rate, just after it had come down. The cycles do not fill the run "
        "exactly: write a cycle as a fraction, such as '1/3', or use Repeat.",
    ),
    "floor-above-group": Code(
        "error",
        "The schedule ends above the learning rate that a group is to have, or a group's rate "
        "rises until the end while others fall: an absolute floor (eta_min, min_lr) that is meant "
        "for the largest group. A floor as a share of the peak, by lr_scale or "
        "relative(schedule), goes down with every group.",
    ),
    "unscaled-lr": Code(
        "warning",
        "The peak is closer to the learning rate that was found for another batch size than to "
        "what a scaling rule makes of it: linear for SGD (Goyal et al. 2017), or the square root, "
        "for Adam (Malladi et al. 2022, arXiv:2205.10287).",
    ),
    "one-lr": Code(
        "note",
        "Pretrained and new layers have the same learning rate: too high for what is trained "
        "already, or too low for what is not (Howard and Ruder 2018, arXiv:1801.06146, section "
        "3.2). For transformers with a small head one low rate is common.",
    ),
    "plateau-unfed": Code(
        "error",
        "A reduce-on-plateau rule was given no metric in the whole run, so it reduced nothing. "
        "It has to be told the metric after each validation.",
    ),
}
"""Those that `check` finds."""

IN_A_RUN = {
    "past-the-end": Code(
        "warning",
        "The scheduler was moved beyond its last step: the run makes more steps than the horizon "
        "has. Values stay what the schedule ends with. It is what `check` calls horizon-short or "
        "stepped-per-update.",
    ),
    "edited-value": Code(
        "warning",
        "Someone else set a value that is scheduled: the next step writes the schedule's again.",
    ),
    "step-before-update": Code(
        "warning",
        "step() was called before the first optimizer.step(): step 0 of the schedule is skipped.",
    ),
    "rare-steps": Code(
        "error",
        "The optimizer made an epoch of updates or more before the first step() of a scheduler "
        "whose horizon counts updates: it is stepped once an epoch, or not at all. It is what "
        "`check` calls stepped-per-epoch.",
    ),
    "overwritten-groups": Code(
        "warning",
        "The optimizer was built with different learning rates for its groups, and one absolute "
        "schedule gives the same to all: what was meant for each is lost. lr_scale in the groups, "
        "relative(schedule), or a schedule for each group by name keeps them apart.",
    ),
}
"""Those that the torch adapter warns of, since only a run can show them."""

CODES: dict[str, Code] = IN_A_SCHEDULE | IN_A_RUN


def explain(code: str) -> str:
    """The documentation of a code.

    >>> print(explain("plateau-unfed"))
    plateau-unfed (error): A reduce-on-plateau rule was given no metric in the whole run, so it
    reduced nothing. It has to be told the metric after each validation.
    """
    if not isinstance(code, str):
        raise TypeError(fault("explain", "code", "be a string", code))
    if code not in CODES:
        raise ValueError(
            f"explain: unknown code {code!r}: {did_you_mean(code, CODES)}Codes are "
            f"{', '.join(CODES)}"
        )
    severity, paragraph = CODES[code]
    return f"{code} ({severity}): {paragraph}"
