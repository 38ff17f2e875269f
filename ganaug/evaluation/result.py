"""Evaluation: the results of all metrics on a set of images, as a mapping, a table or a file.

`metrics.json` holds:

- `writer`, `command`, `seed`, `versions`; `set`: the set's folder, relative to this file's;
  `real`, `fingerprint`: the real images; `features`: the feature network and its training report;
  `part`: true if only a part of the set was requested; `short`: how many planned images of each
  class were never made; `checks`: whether the set is complete, readable, marked and so on, each
  with `passed` (null: unknown).
- `metrics`: a list of FID, KID, IS, MIFID, precision, recall, density, coverage, modes covered,
  modes off, C2ST and the user's own, as `MetricResult.to_dict` writes them. If there are too few
  images, `value` is null and `reason` says how many are needed. `weak_features` says why the
  network's features can't be trusted; it is empty if they can.
- `by_class`: the metrics of each class, by class and name, as objects with the same keys.
- `agreement`: how often labels are right, `overall` and `per_class`; `real_overall` (with classes
  in the set's proportions) and `real_per_class`: the same for real images; `read_as`: how many
  images the judge assigns to each class; `classes_asked`, `classes_read`: the effective number of
  classes requested and assigned; `interval`, `interval_per_class`: the 95% intervals of the shares.
- `memorization`: the share of `copies` with its `interval`, how often images are `nearer` to
  training images than held-out ones with its `p_value`, `threshold`, `n`, `n_held_out`, and the
  name of the network (`features`); null with a `memorization_missing` reason if copies can't be
  detected;
  `memorization_by_class`: the same for each class with 20 held-out images.
- `distances`: percentiles 0 to 100 of the distance to the nearest training image, for `synthetic`
  and `held_out` real images; null if copies can't be detected.
- `closest`: the closest pairs of a synthetic and a training image, each with `synthetic` and
  `training` (files), `distance` (1: the mean distance to the next five training images) and
  `copy`; `pictures`: files next to this one, by name.
- `membership`: whether attacks distinguish training images from held-out ones: by `distance` to
  the set, by distance to real images (`control`), by the `discriminator`, and `by_class`, each
  with `auc`, `interval`, `tpr` (at 1% false positives; null with fewer than 100 held-out images)
  and `tpr_interval`; null with a `membership_missing` reason if there was no attack.

Files of earlier versions, with `figures` and `floor`, can still be read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.metrics.result import MetricResult, share_interval
from ganaug.utils.json_results import refusing_others, write_result
from ganaug.utils.safe_json import read_as

if TYPE_CHECKING:
    from ganaug.evaluation.membership.result import Membership
    from ganaug.evaluation.memorization.detector import Pair
    from ganaug.evaluation.memorization.result import Memorization
    from ganaug.evaluation.metrics.agreement import Agreement

WRITER = "ganaug tools/evaluate.py"
# Files of earlier versions don't name the network of the memorization.
NO_FEATURES = {"features": ""}


@dataclass(frozen=True)
class Evaluation(Mapping[str, MetricResult]):
    """The results of an evaluation, by the names of the metrics.

    Besides the registered metrics there are `agreement`, the share of images that a judge assigns
    to the requested class, `memorized`, the share of copies of training images, and `membership`
    and `membership_tpr`, how well an attack recognizes training images.

    Attributes:
        metrics: Results of the registered metrics, by name.
        agreement: Details of the agreement.
        by_class: The evaluation of each class.
        memorization: Details of memorization; None if copies can't be detected.
        memorization_missing: Why copies can't be detected.
        distances: Percentiles of distances to the nearest training image, for synthetic and for
            held-out images.
        closest: The images closest to a training image.
        membership: Results of the membership attacks; None if there were none.
        membership_missing: Why there were no attacks.
        facts: Other entries of the file: the real images, the network, the seed and so on.
        file: The file that `evaluate` wrote.

    Example:
        >>> result = Evaluation({"fid": MetricResult("fid", "inception", 12.5)})
        >>> result["fid"].value, "recall" in result
        (12.5, False)
    """

    metrics: Mapping[str, MetricResult]
    agreement: "Agreement | None" = None
    by_class: Mapping[str, "Evaluation"] = field(default_factory=dict)
    memorization: "Memorization | None" = None
    memorization_missing: str = ""
    distances: Mapping[str, Sequence[float]] = field(default_factory=dict)
    closest: Sequence["Pair"] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    membership: "Membership | None" = None
    membership_missing: str = ""

    def __getitem__(self, name: str) -> MetricResult:
        return self._all_results[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all_results)

    def __len__(self) -> int:
        return len(self._all_results)

    @property
    def _all_results(self) -> dict[str, MetricResult]:
        results = dict(self.metrics)
        if self.agreement is not None:
            results["agreement"] = self.agreement.result
        if self.memorization is not None:
            results["memorized"] = self.memorization.result
        elif reason := self.memorization_missing:
            results["memorized"] = MetricResult("memorized", reason=reason, better="lower")
        if self.membership is not None:
            results |= {result.name: result for result in self.membership.results}
        return results

    @property
    def weak_features(self) -> str:
        """Why the feature network can't be trusted; empty if it can."""
        return next((result.weak_features for result in self.metrics.values()), "")

    def __str__(self) -> str:
        from ganaug.evaluation.table import table

        return table(self)

    def __repr__(self) -> str:
        # The default would print all pairs and percentiles.
        values = ", ".join(
            f"{n}: {'-' if x.value is None else f'{x.value:.3g}'}" for n, x in self.items()
        )
        return f"Evaluation({values})"

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each metric, over all images and by class."""
        evaluations = {"": self, **self.by_class}
        return [
            {
                "class": name,
                "metric": key,
                "features": result.features,
                "value": result.value,
                "low": result.interval[0] if result.interval else None,
                "high": result.interval[1] if result.interval else None,
                "n": result.n,
                "n_real": result.n_real,
                "real_baseline": result.real_baseline.value if result.real_baseline else None,
                "reason": result.reason,
                "weak_features": result.weak_features,
            }
            for name, evaluation in evaluations.items()
            for key, result in evaluation.items()
        ]

    def to_frame(self) -> Any:
        """Return a pandas table with a row for each metric; `class` is empty for all images.

        Raises:
            UsageError: pandas is not installed.
        """
        from ganaug.utils.notebook import frame

        return frame(self.rows())

    def _repr_html_(self) -> str:
        from ganaug.evaluation.table import html

        return html(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return the content of `metrics.json`, which the module's docstring describes."""
        memorized = {n: x.memorization for n, x in self.by_class.items() if x.memorization}
        return {
            "writer": WRITER,
            **self.facts,
            "metrics": [result.to_dict() for result in self.metrics.values()],
            "by_class": {
                name: {key: result.to_dict() for key, result in evaluation.metrics.items()}
                for name, evaluation in self.by_class.items()
            },
            "agreement": self.agreement and _agreement(self.agreement),
            "memorization": self.memorization and _memorization(self.memorization),
            "memorization_missing": self.memorization_missing,
            "memorization_by_class": {
                name: _memorization(memorization) for name, memorization in memorized.items()
            },
            "distances": self.distances or None,
            "closest": [asdict(pair) for pair in self.closest],
            "membership": self.membership and asdict(self.membership),
            "membership_missing": self.membership_missing,
        }

    @classmethod
    @refusing_others("evaluation", "evaluate again")
    def from_dict(cls, found: Mapping[str, Any]) -> "Evaluation":
        """Read the output of `to_dict`, of this version or an earlier one.

        Raises:
            UsageError: It is not an evaluation.
        """
        from ganaug.evaluation.membership.result import Membership
        from ganaug.evaluation.memorization.detector import Memorization, Pair
        from ganaug.evaluation.metrics.agreement import Agreement

        results = [MetricResult.from_dict(x) for x in found.get("metrics", found.get("figures"))]
        groups = {
            name: [
                MetricResult.from_dict({"name": key, **record}) for key, record in records.items()
            ]
            for name, records in (found.get("by_class") or {}).items()
        }
        memorized = {
            name: _build(Memorization, NO_FEATURES | record)
            for name, record in (found.get("memorization_by_class") or {}).items()
        }
        agreement_record = found.get("agreement")
        agreement = _build(Agreement, agreement_record) if agreement_record else None
        return cls(
            {result.name: result for result in results},
            agreement,
            classes(
                {
                    name: {x.name: x for x in class_results}
                    for name, class_results in groups.items()
                },
                agreement,
                memorized,
            ),
            _build(Memorization, NO_FEATURES | found["memorization"])
            if found.get("memorization")
            else None,
            found.get("memorization_missing") or "",
            found.get("distances") or {},
            [_build(Pair, pair) for pair in found.get("closest") or ()],
            {key: value for key, value in found.items() if key not in _OWN_KEYS},
            membership=Membership.from_dict(found["membership"])
            if found.get("membership")
            else None,
            membership_missing=found.get("membership_missing") or "",
        )

    to_json = write_result

    @classmethod
    def from_json(cls, path: str | Path) -> "Evaluation":
        """Read a file that `to_json` wrote.

        Raises:
            UsageError: The file is damaged or holds no evaluation.
        """
        return read_as(path, cls.from_dict)


_OWN_KEYS = frozenset(
    {"writer", "metrics", "figures", "by_class", "overlap", "real_overlap", "agreement"}
    | {"memorization", "memorization_missing", "memorization_by_class", "distances", "closest"}
    | {"membership", "membership_missing"}
)


def classes(
    metrics: Mapping[str, Mapping[str, MetricResult]],
    agreement: "Agreement | None",
    memorized: Mapping[str, "Memorization"],
) -> dict[str, Evaluation]:
    """Return the evaluation of each class, from its available results."""
    per_class = agreement.per_class if agreement else {}
    names = dict.fromkeys([*metrics, *per_class, *memorized])
    return {
        name: Evaluation(
            metrics.get(name, {}),
            agreement.of_class(name) if agreement and name in per_class else None,
            memorization=memorized.get(name),
        )
        for name in names
    }


def _agreement(agreement: "Agreement") -> dict[str, Any]:
    return {
        **asdict(agreement),
        "interval": agreement.interval,
        "interval_per_class": {
            name: share_interval(share, agreement.n_per_class[name])
            for name, share in agreement.per_class.items()
        },
    }


def _memorization(memorization: "Memorization") -> dict[str, Any]:
    return {**asdict(memorization), "interval": memorization.interval}


def _build(kind: Any, record: Mapping[str, Any]) -> Any:
    """Build a dataclass, ignoring keys that are not among its fields."""
    return kind(**{key: record[key] for key in kind.__dataclass_fields__ if key in record})
