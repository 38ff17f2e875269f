"""Membership: the results of membership attacks on a set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.metrics.resampling import Z
from ganaug.evaluation.metrics.result import Interval, MetricResult, RealBaseline, as_interval


@dataclass(frozen=True)
class Membership:
    """The results of membership attacks on a set.

    Attributes:
        distance: Attack by the distance to the nearest synthetic image.
        features: Name of the network whose maps the distances are between.
        control: The same attack with real validation images in place of the set, which reveal
            nothing; None if there are too few.
        discriminator: Attack by the output of the model's discriminator (LOGAN, Hayes et al. 2019);
            None without the checkpoint.
        by_class: Attack by distance for each class.
        n: Number of synthetic images.
        n_control: Number of validation images.
    """

    distance: Attack
    features: str
    control: Attack | None = None
    discriminator: Attack | None = None
    by_class: Mapping[str, Attack] = field(default_factory=dict)
    n: int = 0
    n_control: int = 0

    @property
    def found(self) -> bool:
        """Whether the set reveals members, significantly more than chance and the control."""
        return self.distance.tells and self.distance.auc > self._control_top

    @property
    def recognized_classes(self) -> list[str]:
        """Classes with members recognized, with intervals corrected for the number of classes."""
        if not self.by_class:
            return []
        scale = NormalDist().inv_cdf(1 - 0.025 / len(self.by_class)) / Z
        return [
            name
            for name, attack in self.by_class.items()
            if attack.auc - scale * (attack.auc - attack.interval[0]) > 0.5
            and attack.auc > self._control_top
        ]

    @property
    def _control_top(self) -> float:
        return self.control.interval[1] if self.control else 0.5

    @property
    def results(self) -> list[MetricResult]:
        """The AUC, and the true positive rate at 1% false positives, as metrics."""
        attack, control = self.distance, self.control
        values: dict[str, tuple[float | None, Interval | None, float | None]] = {
            "membership": (attack.auc, attack.interval, control.auc if control else None),
            "membership_tpr": (attack.tpr, attack.tpr_interval, control.tpr if control else None),
        }
        return [
            MetricResult(
                name,
                self.features,
                value,
                bounds,
                n=self.n,
                n_real=attack.n + attack.n_held_out,
                real_baseline=None if real is None else RealBaseline(real, None, self.n_control),
                reason=attack.tpr_missing if value is None else "",
                better="lower",
            )
            for name, (value, bounds, real) in values.items()
        ]

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Membership":
        """Read the output of `asdict`.

        Raises:
            KeyError, TypeError, ValueError: It is not a membership result.
        """
        values = {key: record[key] for key in cls.__dataclass_fields__ if key in record}
        for name in ("distance", "control", "discriminator"):
            values[name] = _attack(values[name]) if values.get(name) else None
        values["by_class"] = {k: _attack(v) for k, v in (record.get("by_class") or {}).items()}
        return cls(**values)


def _attack(record: Mapping[str, Any]) -> Attack:
    values = {key: record[key] for key in Attack.__dataclass_fields__ if key in record}
    for key in ("interval", "tpr_interval"):
        values[key] = as_interval(values[key]) if values[key] else None
    return Attack(**values)
