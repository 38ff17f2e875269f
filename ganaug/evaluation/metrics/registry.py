"""The registry of metrics.

A metric is one function of real and synthetic features, in a file that registers it:

    @register_metric("mean_distance", better="lower", limits=(0, math.inf))
    def mean_distance(real: Tensor, fake: Tensor) -> float:
        return float((real.mean(0) - fake.mean(0)).norm())

`evaluate` then measures it, with an interval and a real baseline, and adds it to the table and to
metrics.json. List its name in `fidelity.metrics` to draw its curve during a fit.
"""

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar

from ganaug.evaluation.metrics.result import Better
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import unknown_part
from ganaug.utils.registry import Registry, check_name

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.features.feature_set import FeatureSet

# Names of metrics and the modules that register them, in the order of the table.
BUILT_IN = {
    "fid": "fid",
    "kid": "kid",
    "is": "inception_score",
    "mifid": "mifid",
    "prdc": "prdc",
    "modes": "modes",
    "c2st": "c2st",
}
# Results of an evaluation that are not metrics of features.
OTHER_RESULTS = ("agreement", "memorized", "membership", "membership_tpr")
# Maximum number of images for metrics that compare all pairs.
MATCHED = 5_000
SHARE = (0.0, 1.0)
ANY, POSITIVE = (-math.inf, math.inf), (0.0, math.inf)

# A value and its spread over subsets or splits, or None.
Value: TypeAlias = tuple[float, float | None]
Function = TypeVar("Function", bound="Callable[[Tensor, Tensor], float]")


class Output(NamedTuple):
    """One value of a metric.

    Attributes:
        name: Key in `Evaluation` and name of the curve.
        title: Name in the table.
        meaning: Short explanation in the table.
        better: Which values are good.
        limits: Bounds of the interval.
    """

    name: str
    title: str
    meaning: str = ""
    better: Better = None
    limits: tuple[float, float] = SHARE


class Measured(NamedTuple):
    """The values of a metric on real and synthetic images.

    Attributes:
        values: Values in the order of the outputs.
        errors: Function that estimates their standard errors. It is slow, and called only if
            intervals are shown.
    """

    values: Sequence[Value]
    errors: Callable[[], Sequence[float]]


@dataclass(frozen=True)
class Metric:
    """One metric, or several that are measured together.

    Attributes:
        name: Name in `fidelity.metrics`.
        outputs: The values that `measure` returns.
        measure: Function of the real and the synthetic features.
        least: Minimum number of images of each kind.
        against: The real images to compare with; the real baseline uses the other ones in place of
            the synthetic images.
        matched: For a metric that depends on the number of images: the maximum to use of each
            kind, with the same number for both; None for a metric that takes all images.
        reads_logits: Whether it is measured on the logits of synthetic images only.
        covariance: Whether it needs more images than features.
        by_class: Whether it is also measured for each class.
        built_in: Whether it is part of this package. A user's function may change and may raise
            anything, so its real baselines are not cached, its errors become reasons, and its name
            is checked.
    """

    name: str
    outputs: tuple[Output, ...]
    measure: "Callable[[FeatureSet, FeatureSet], Measured]"
    least: int = 20
    against: Literal["reference", "train"] = "reference"
    matched: int | None = None
    reads_logits: bool = False
    covariance: bool = False
    by_class: bool = False
    built_in: bool = False


def _load_built_in() -> None:
    for module in BUILT_IN.values():
        importlib.import_module(f"ganaug.evaluation.metrics.{module}")


_registry: Registry[Metric] = Registry("metric", load=_load_built_in)


def metrics() -> dict[str, Metric]:
    """Return all registered metrics by name, the built-in ones first."""
    registered = _registry.items()
    return {name: registered[name] for name in [*BUILT_IN, *registered]}


def metrics_named(names: Sequence[str]) -> list[Metric]:
    """Return metrics by name.

    Raises:
        UsageError: There is no such metric.
    """
    registered = metrics()
    for name in names:
        if name not in registered:
            raise UsageError(unknown_part("metrics:", name, registered))
    return [registered[name] for name in names]


def add_metric(metric: Metric, code: object = None) -> Metric:
    """Register a `Metric`; for a function of features, use `register_metric`.

    Args:
        metric: The metric.
        code: The function that it was built from; by default `measure`.

    Raises:
        UsageError: The name is taken.
    """
    if not metric.built_in:
        other_metrics = [
            other for other in metrics().values() if other.built_in or other.name != metric.name
        ]
        taken_names = {output.name for other in other_metrics for output in other.outputs}
        for name in (metric.name, *(output.name for output in metric.outputs)):
            if name in taken_names | {*BUILT_IN, *OTHER_RESULTS}:
                raise UsageError(f"register_metric: the name {name!r} is taken; use another")
    return _registry.register(metric.name, code or metric.measure)(metric)


def register_metric(
    name: str,
    *,
    title: str = "",
    meaning: str = "",
    better: Better = None,
    limits: tuple[float, float] = ANY,
    least: int = 20,
    matched: int | None = None,
    covariance: bool = False,
    by_class: bool = False,
) -> Callable[[Function], Function]:
    """Register a function of real and synthetic features as a metric.

    The function takes features `[N, D]` of real and `[M, D]` of synthetic images, float64, and
    returns a number. Its interval is estimated on random halves of the images. The same function
    may be registered again, as happens if a notebook cell is run twice.

    Args:
        name: Name of the result, such as `mean_distance`.
        title: Name in the table; by default `name`.
        meaning: Short explanation in the table.
        better: Which values are good: `lower`, `higher`, or None.
        limits: Bounds of the interval.
        least: Minimum number of images of each kind.
        matched: Maximum number of images of each kind, with the same number for both; None for all.
        covariance: Whether it needs more images than features.
        by_class: Whether it is also measured for each class.

    Raises:
        UsageError: The name is missing or taken by another metric, or `better` is not allowed.

    Example:
        >>> @register_metric("shift", better="lower")
        ... def shift(real, fake):
        ...     return float((real.mean(0) - fake.mean(0)).norm())
        >>> "shift" in metrics()
        True
    """
    check_name("the name of a metric", name)
    if better not in (None, "lower", "higher"):
        raise UsageError(f"better of the metric {name!r} is {better!r}; give lower, higher or None")

    def register(function: Function) -> Function:
        from ganaug.evaluation.metrics.resampling import measured_by

        add_metric(
            Metric(
                name,
                (Output(name, title or name, meaning, better, limits),),
                measured_by(function),
                least=least,
                matched=matched,
                covariance=covariance,
                by_class=by_class,
                built_in=(function.__module__ or "").startswith("ganaug.evaluation.metrics."),
            ),
            function,
        )
        return function

    return register
