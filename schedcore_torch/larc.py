"""LARC: an optimizer around another, which gets gradients that are scaled layer by layer.

The formula is applied in `_larc/scaling.py`; faster ways for SGD alone are in `_larc/sgd_on_cpu.py`
and `_larc/sgd_compiled.py`. This module makes it an optimizer: it shares the groups and the state
of the wrapped one, and whatever a step changes in them is undone, also after an exception.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch._compile import _disable_dynamo
from torch.optim import Optimizer

from schedcore._checks import LARGEST, between, fault, positive
from schedcore_torch._larc.batches import batches, keep_left_out, refuse_unfit, takes_part
from schedcore_torch._larc.scaling import Rule, scaled
from schedcore_torch._larc.sgd_compiled import compiled_step, compiles
from schedcore_torch._larc.sgd_on_cpu import fits, step_by_batches
from schedcore_torch._larc.shards import OWNER, Processes

_HOOKS = (
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
    "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks",
    "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)


class LARC(Optimizer):
    """Layer-wise adaptive rates: each parameter's gradient is scaled by how large both are.

        a = trust_coefficient * |p| / (|g| + w*|p| + eps)
        a = min(a / lr, 1)                                  with clip
        g = a * (g + w*p)                                   which the wrapped optimizer gets

    for each parameter p with gradient g, Euclidean norms | |, and w, lr the weight decay and the
    learning rate of its group. The wrapped optimizer's own weight decay is 0 meanwhile. So SGD
    without momentum moves p along g + w*p at the rate

        clip=False   lr * a
        clip=True    min(lr, a), with a as in the first line: LARC may only lower the rate

    Where |p| or |g| is 0 there is no ratio: g stays as it is, without weight decay. Where one is
    not finite, a is 1: infinities and NaN go where they would go without LARC.

    Parameters:
        optimizer: any other, but for those that evaluate a closure by themselves (LBFGS). Its
            groups and state are shared, and checkpoints load with and without LARC (flattened
            ones of torch.distributed if groups have the same keys). A group with `larc=False` is
            left out, such as biases and norms: the wrapped optimizer does with it what it always
            does, weight decay included.
        trust_coefficient: above 0.
        clip: whether a / lr is cut at 1.
        eps: at least 0.
        process_group: the processes that parameters are sharded over, where these do not know it
            themselves: each then has a part of every one, as under FullyShardedDataParallel
            (FSDP1), whose parameters are refused without it. Copies keep it.
        decay_zeros: whether g + w*p is what the optimizer gets where |p| or |g| is 0.

    Gradients are scaled in place, and stay so after the step. Sparse ones are refused, those that
    are None are skipped, and one that shares its memory is copied first. Norms and sums are taken
    in float32 at least, and on CPUs and CUDA no norm of float32 overflows on the way. With
    `maximize` it is g - w*p, since the wrapped optimizer negates it: weight decay shrinks p in any
    case.

    Of DTensors, as `fully_shard` (FSDP2) makes them, norms are those of whole parameters, by one
    sum over each dimension of the mesh that shards any. On CUDA nothing waits for the device.
    `torch.compile(larc.step)` makes one update of LARC around SGD (itself, without hooks, real
    numbers, not sharded) that moves no more than it must, and leaves gradients as they are: give
    `lr` as a tensor, which schedulers fill (to replace it there may go unseen), or each value of it
    is compiled anew. Whatever else is wrapped steps as if it were not compiled.

    Call this object's `step()`, not the wrapped optimizer's. A closure is run once, before
    anything is scaled. Hooks of the wrapped optimizer see the weight decay of its groups, and
    hooks on all optimizers are called for both.

    Raises:
        ValueError, TypeError: for what can not be scaled so; then nothing was changed.

    Source: You, Gitman, Ginsburg, "Large Batch Training of Convolutional Networks" (2017),
    arXiv:1708.03888, equation (6); in the form of NVIDIA apex, with its names.

    >>> import torch
    >>> p = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = LARC(torch.optim.SGD([p], lr=0.5), trust_coefficient=0.1, eps=0.0)
    >>> p.grad = torch.tensor([0.0, 2.0])
    >>> optimizer.step()
    >>> p.grad, p.data  # a is 0.1 * 5 / 2
    (tensor([0.0000, 0.5000]), tensor([3.0000, 3.7500]))
    """

    def __init__(
        self,
        optimizer: Optimizer,
        trust_coefficient: float = 0.001,
        clip: bool = False,
        eps: float = 1e-8,
        process_group: torch.distributed.ProcessGroup | None = None,
        *,
        decay_zeros: bool = False,
    ) -> None:
        trust = positive(OWNER, "trust_coefficient", trust_coefficient)
        for name, x in (("clip", clip), ("decay_zeros", decay_zeros)):
            if not isinstance(x, bool):
                raise TypeError(fault(OWNER, name, "be True or False", x))
        rule = Rule(trust, clip, between(OWNER, "eps", eps, 0.0, LARGEST), decay_zeros)
        processes = None if process_group is None else Processes(process_group)
        _refuse_unfit_optimizer(optimizer)
        for group in optimizer.param_groups:
            refuse_unfit(group, clip, processes)
        self.__setstate__({"optimizer": optimizer, "rule": rule, "processes": processes})

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled and copied: as with torch's optimizers, no hooks and no patched step."""
        return {"optimizer": self.optimizer, "rule": self._rule, "processes": self._processes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.optimizer: Optimizer = state["optimizer"]
        """The wrapped one."""
        self._rule = Rule(*state["rule"])
        self._processes: Processes | None = state["processes"]
        for name in _HOOKS:
            setattr(self, name, OrderedDict())
        self._patch_step_function()
        self.optimizer.register_load_state_dict_pre_hook(keep_left_out)

    def __repr__(self) -> str:
        given = self._rule._asdict()
        if self._processes is not None:
            given["process_group"] = self._processes
        rule = ", ".join(f"{name}={x!r}" for name, x in given.items())
        return f"{type(self).__name__} ({rule}) of {self.optimizer!r}"

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The wrapped optimizer's, which replaces them when it loads a state."""
        return self.optimizer.param_groups

    @param_groups.setter
    def param_groups(self, groups: list[dict[str, Any]]) -> None:
        self.optimizer.param_groups = groups

    @property
    def state(self) -> Any:
        """The wrapped optimizer's."""
        return self.optimizer.state

    @state.setter
    def state(self, state: Any) -> None:
        self.optimizer.state = state

    @property
    def defaults(self) -> dict[str, Any]:
        """The wrapped optimizer's."""
        return self.optimizer.defaults

    @defaults.setter
    def defaults(self, defaults: dict[str, Any]) -> None:
        self.optimizer.defaults = defaults

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Scale the gradients, and let the wrapped optimizer make its update.

        Parameters:
            closure: evaluates the model, and returns the loss, which is then returned here.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        plain = self._processes is None
        if torch.compiler.is_compiling() and plain and compiles(self.optimizer):
            compiled_step(self.optimizer, self._rule)
        else:
            self._step()
        return loss

    @_disable_dynamo
    def _step(self) -> None:
        if self._processes is None and fits(self.optimizer):
            step_by_batches(self.optimizer, self._rule)
        else:
            self._step_of_any()

    def _step_of_any(self) -> None:
        """A step of any optimizer."""
        kept: list[tuple[dict[str, Any], Any]] = []

        def scale_all(*_: object) -> None:
            if kept:
                return
            groups = self.optimizer.param_groups
            for _batch in scaled(batches(groups, self._processes), self._rule):
                pass
            for group in groups:
                if takes_part(group) and group.get("weight_decay") is not None:
                    kept.append((group, group["weight_decay"]))
                    group["weight_decay"] = 0.0

        def restore(*_: object) -> None:
            for group, weight_decay in kept:
                group["weight_decay"] = weight_decay
            kept.clear()

        # Next to the update itself: what other hooks read and write, such as a scheduler's, is
        # the weight decay that there is, and what they do to gradients is done before.
        before = self.optimizer.register_step_pre_hook(scale_all)
        after = self.optimizer.register_step_post_hook(restore)
        self.optimizer._optimizer_step_post_hooks.move_to_end(after.id, last=False)  # type: ignore[attr-defined]
        try:
            self.optimizer.step()
        finally:
            before.remove()
            after.remove()
            restore()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients, as the wrapped optimizer does.

        Parameters:
            set_to_none: let them be None, and not 0.
        """
        self.optimizer.zero_grad(set_to_none=set_to_none)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group to both.

        Parameters:
            param_group: `params`, and what is another than the wrapped optimizer's defaults.

        Raises:
            ValueError, TypeError: for what can not be scaled; then nothing was added.
        """
        self.optimizer.add_param_group(param_group)
        try:
            refuse_unfit(self.param_groups[-1], self._rule.clip, self._processes)
        except (TypeError, ValueError):
            self.param_groups.pop()
            raise

    def state_dict(self) -> dict[str, Any]:
        """The wrapped optimizer's."""
        for pre_hook in self._optimizer_state_dict_pre_hooks.values():
            pre_hook(self)
        state = self.optimizer.state_dict()
        for post_hook in self._optimizer_state_dict_post_hooks.values():
            changed = post_hook(self, state)
            state = state if changed is None else changed
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a state that was saved with or without LARC.

        Parameters:
            state_dict: what `state_dict` returned. Groups keep `larc` where the saved ones have
                none.
        """
        state_dict = state_dict.copy()
        for pre_hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = pre_hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        self.optimizer.load_state_dict(state_dict)
        for post_hook in self._optimizer_load_state_dict_post_hooks.values():
            post_hook(self)


def _refuse_unfit_optimizer(optimizer: object) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(fault(OWNER, "optimizer", "be a torch optimizer", optimizer))
    name = type(optimizer).__name__
    if isinstance(optimizer, LARC):
        raise TypeError(f"{OWNER}: 'optimizer' must not be a {OWNER} itself: wrap the inner one")
    if not getattr(type(optimizer).step, "hooked", False):
        raise TypeError(
            f"{OWNER}: {name} has no step hooks, by which gradients are scaled: wrap the "
            "optimizer that it wraps"
        )
    closure = inspect.signature(type(optimizer).step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise TypeError(
            f"{OWNER}: {name} evaluates a closure by itself, and would get gradients that are not "
            "scaled: wrap another optimizer"
        )
