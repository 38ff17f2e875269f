"""Evaluation: the results of all metrics of one set of images, as a mapping, a table or a file.

`metrics.json` holds:

- `writer`, `command`, `seed`, `versions`; `set`: the set's folder, relative to this file's;
  `real`, `fingerprint`: what the real images are; `features`: the feature network and how its
  training went; `part`: true where only a part of the set was to be measured; `short`: images by
  class that the set's plan has and the set has not; `checks`: whether the set is whole, readable,
  marked and so on, each with `passed` (null: not known).
- `metrics`: a list of FID, KID, IS, MIFID, precision, recall, density, coverage, modes covered,
  modes off, C2ST and the user's own, as `MetricResult.to_dict` writes them; a `value` is null
  where there are too few images, and then `reason` says how many it takes; `weak_features` says
  why the network's features can't be trusted, or is empty.
- `by_class`: by class and name, the metrics of each class as objects of the same kind.
- `agreement`: how often labels hold, over all and `per_class`, with `real_overall` and
  `real_per_class`, the same of real images; how many images the judge reads as each class
  (`read_as`), and the effective number of classes requested and read (`classes_asked`,
  `classes_read`). `interval` and `interval_per_class` are those of the shares, 95%.
- `memorization`: shares of `copies` and `nearer` ones with `p_value`, `threshold`, `n`,
  `n_held_out`, the name of the network (`features`), and the `interval` of the share of copies;
  null where copies can't be detected, and then `memorization_missing` says why;
  `memorization_by_class`: the same by class, where 20 of the class are held out.
- `distances`: the 0th to 100th percentile of the distance to the nearest training image, of the
  `synthetic` images and of the `held_out` real ones; null where copies can't be detected.
- `closest`: the pairs of a synthetic and a training image that are closest, each with `synthetic`
  and `training` (files), `distance` (1: as far as the five next nearest training images are on
  average) and `copy`; `pictures`: files next to this one, by name.
- `membership`: whether attacks tell training images from held-out ones: by `distance`, by that of
  real images (`control`), by the `discriminator`, and `by_class`, each with `auc`, `interval`,
  `tpr` (at 1% false positives) and `tpr_interval`; null where `membership_missing` says why.

Files of earlier versions, with `figures` and `floor`, are read as well.
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
    from ganaug.evaluation.memorization.detector import Memorization, Pair
    from ganaug.evaluation.metrics.agreement import Agreement

WRITER = "ganaug tools/evaluate.py"
# Files of earlier versions don't name the network of the memorization.
NO_FEATURES = {"features": ""}


@dataclass(frozen=True)
class Evaluation(Mapping[str, MetricResult]):
    """The results of an evaluation, by the names of the metrics.

    Besides the metrics of the registry there are `agreement`, the share of images that a judge
    reads as the class requested, and `memorized`, the share of copies of training images.

    Attributes:
        metrics: Results of the registry's metrics, by name.
        agreement: Details of the agreement.
        by_class: The same of each class.
        memorization: Details of memorization; None where copies can't be detected.
        memorization_missing: Why they can't.
        distances: Percentiles of distances to the nearest training image, of either kind.
        closest: The images that are closest to a training image.
        membership: What attacks tell of the training images; None where there were none.
        membership_missing: Why not.
        facts: What else the file says: the real images, the network, the seed.
        file: Where `evaluate` wrote it.

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
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def _all(self) -> dict[str, MetricResult]:
        found = dict(self.metrics)
        if self.agreement is not None:
            found["agreement"] = self.agreement.result
        if self.memorization is not None:
            found["memorized"] = self.memorization.result
        elif why := self.memorization_missing:
            found["memorized"] = MetricResult("memorized", reason=why, better="lower")
        if self.membership is not None:
            found |= {each.name: each for each in self.membership.results}
        return found

    @property
    def weak_features(self) -> str:
        """Why the feature network can't be trusted; empty where it can."""
        return next((each.weak_features for each in self.metrics.values()), "")

    def __str__(self) -> str:
        from ganaug.evaluation.table import table

        return table(self)

    def __repr__(self) -> str:
        # Not every pair and percentile, which fill screens.
        values = ", ".join(
            f"{n}: {'-' if x.value is None else f'{x.value:.3g}'}" for n, x in self.items()
        )
        return f"Evaluation({values})"

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each metric, over all images and by class."""
        parts = {"": self, **self.by_class}
        return [
            {
                "class": name,
                "metric": key,
                "features": each.features,
                "value": each.value,
                "low": each.interval[0] if each.interval else None,
                "high": each.interval[1] if each.interval else None,
                "n": each.n,
                "n_real": each.n_real,
                "real_baseline": each.real_baseline.value if each.real_baseline else None,
                "reason": each.reason,
                "weak_features": each.weak_features,
            }
            for name, part in parts.items()
            for key, each in part.items()
        ]

    def to_frame(self) -> Any:
        """Return a pandas table, a row for each metric; `class` is empty over all images.

        Raises:
            UsageError: pandas is not installed.
        """
        from ganaug.evaluation.table import frame

        return frame(self.rows())

    def _repr_html_(self) -> str:
        from ganaug.evaluation.table import html

        return html(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return everything as `metrics.json` holds it; the module says what is where."""
        memorized = {n: x.memorization for n, x in self.by_class.items() if x.memorization}
        return {
            "writer": WRITER,
            **self.facts,
            "metrics": [each.to_dict() for each in self.metrics.values()],
            "by_class": {
                name: {key: each.to_dict() for key, each in own.metrics.items()}
                for name, own in self.by_class.items()
            },
            "agreement": self.agreement and _agreement(self.agreement),
            "memorization": self.memorization and _memorization(self.memorization),
            "memorization_missing": self.memorization_missing,
            "memorization_by_class": {name: _memorization(own) for name, own in memorized.items()},
            "distances": self.distances or None,
            "closest": [asdict(pair) for pair in self.closest],
            "membership": self.membership and asdict(self.membership),
            "membership_missing": self.membership_missing,
        }

    @classmethod
    @refusing_others("evaluation", "evaluate again")
    def from_dict(cls, found: Mapping[str, Any]) -> "Evaluation":
        """Read what `to_dict` returned, of this version or an earlier one.

        Raises:
            UsageError: It is no evaluation.
        """
        from ganaug.evaluation.membership.result import Membership
        from ganaug.evaluation.memorization.detector import Memorization, Pair
        from ganaug.evaluation.metrics.agreement import Agreement

        results = [MetricResult.from_dict(x) for x in found.get("metrics", found.get("figures"))]
        groups = {
            name: [MetricResult.from_dict({"name": key, **each}) for key, each in own.items()]
            for name, own in (found.get("by_class") or {}).items()
        }
        memorized = {
            name: _of(Memorization, NO_FEATURES | own)
            for name, own in (found.get("memorization_by_class") or {}).items()
        }
        agreed = found.get("agreement")
        agreement = _of(Agreement, agreed) if agreed else None
        return cls(
            {each.name: each for each in results},
            agreement,
            classes(
                {name: {x.name: x for x in own} for name, own in groups.items()},
                agreement,
                memorized,
            ),
            _of(Memorization, NO_FEATURES | found["memorization"])
            if found.get("memorization")
            else None,
            found.get("memorization_missing") or "",
            found.get("distances") or {},
            [_of(Pair, pair) for pair in found.get("closest") or ()],
            {key: value for key, value in found.items() if key not in _OWN_KEYS},
            membership=Membership.from_dict(found["membership"])
            if found.get("membership")
            else None,
            membership_missing=found.get("membership_missing") or "",
        )

    to_json = write_result

    @classmethod
    def from_json(cls, path: str | Path) -> "Evaluation":
        """Read what `to_json` wrote.

        Raises:
            UsageError: It is damaged, or holds no evaluation.
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
    """Return the evaluation of each class, of what there is of it."""
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


def _agreement(found: "Agreement") -> dict[str, Any]:
    return {
        **asdict(found),
        "interval": found.interval,
        "interval_per_class": {
            name: share_interval(share, found.n_per_class[name])
            for name, share in found.per_class.items()
        },
    }


def _memorization(found: "Memorization") -> dict[str, Any]:
    return {**asdict(found), "interval": found.interval}


def _of(kind: Any, found: Mapping[str, Any]) -> Any:
    """Make a dataclass of those keys that it has."""
    return kind(**{key: found[key] for key in kind.__dataclass_fields__ if key in found})
