"""Study: the results of a study of utility, with its verdict, table and file."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.utils.json_results import refusing_others, write_result
from ganaug.utils.safe_json import read_as

if TYPE_CHECKING:
    from ganaug.evaluation.utility.class_changes import ClassChange
    from ganaug.evaluation.utility.plan import PlanEffect
    from ganaug.evaluation.utility.scores import Scores
    from ganaug.evaluation.utility.significance import Verdict

SHOWN = {
    "balanced_accuracy": "balanced acc.",
    "macro_f1": "macro F1",
    "calibration_error": "calib.",
}

# Keys of `to_dict` that are not facts.
OWN = (
    "class_names",
    "baseline",
    "best",
    "verdict",
    "verdicts",
    "results",
    "plan",
    "others",
    "classes",
)
# Facts that are sentences about the study's setup.
NOTES = (
    "quick",
    "classifier_note",
    "generator_note",
    "draws_note",
    "groups_note",
    "selection_note",
)


@dataclass(frozen=True)
class Study:
    """Whether synthetic images help a classifier, from several trainings of each arm.

    Attributes:
        scores: The scores of each arm, one for each seed.
        baseline: The best arm without synthetic images, chosen without the test images.
        verdicts: Comparison of each arm with synthetic images with the baseline.
        best: The best arm with synthetic images; if any arms help, the best of those.
        class_names: Names of the classes.
        facts: Facts that the results depend on: the sets, the classifier, the augmentation.
        file: The file that `utility` wrote.
        effect: Effect of a plan that fills up single classes on these and on other classes.
        others: Studies of the same images with other classifiers, by name.
        classes: Change in the recall of each class, from the baseline to the best arm with
            synthetic images; empty in studies of earlier versions.

    Example:
        >>> import ganaug
        >>> arms = ["real", "real + synthetic x 1"]
        >>> study = ganaug.utility("expanded", seeds=3, steps=10, arms=arms)
        >>> study.baseline, study.best
        ('real', 'real + synthetic x 1')
        >>> study.to_frame()["arm"].tolist() == arms
        True
    """

    scores: Mapping[str, Sequence["Scores"]]
    baseline: str
    verdicts: Mapping[str, "Verdict"]
    best: str
    class_names: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    effect: "PlanEffect | None" = None
    others: Mapping[str, "Study"] = field(default_factory=dict)
    classes: Sequence["ClassChange"] = ()

    @property
    def classifier(self) -> str:
        """Name of the classifier."""
        return str(self.facts.get("classifier", "unnamed"))

    @property
    def by_classifier(self) -> dict[str, "Study"]:
        """This study and the others, by classifier."""
        return {self.classifier: self, **self.others}

    @property
    def arms(self) -> list[str]:
        """Names of the arms."""
        return list(self.scores)

    @property
    def verdict(self) -> str:
        """`helps`, `hurts` or `no difference found`, for the best arm with synthetic images."""
        return self.verdicts[self.best].word

    @property
    def sentence(self) -> str:
        """The verdict in words, with the difference and the classes that changed most."""
        from ganaug.evaluation.utility.class_changes import changes_in_words
        from ganaug.evaluation.utility.significance import remark

        best = self.verdicts[self.best]
        points, low, high = (100 * x for x in (best.difference, *best.interval))
        verdict_text = (
            f"verdict: {best.word}. Best with synthetic images is {self.best!r}: {points:+.2f} "
            f"points of balanced accuracy ({low:+.2f} to {high:+.2f}) against {self.baseline!r}, "
            f"the best without."
        )
        remarks = (remark(best, len(self.verdicts)), changes_in_words(self.classes, self._names))
        return " ".join([verdict_text, *filter(None, remarks)])

    @property
    def plan_sentence(self) -> str:
        """The effect of a plan that fills up single classes, in words; empty for other plans."""
        return self.effect.sentence(self._names) if self.effect else ""

    @property
    def sentences(self) -> list[str]:
        """The study in words: its limits, the classifier, the verdict and the plan."""
        notes = [self.facts.get(key, "") for key in NOTES]
        sentences = [*notes, self.sentence, self.plan_sentence]
        return [sentence for sentence in sentences if sentence]

    @property
    def _names(self) -> Sequence[str]:
        classes = len(next(iter(self.scores.values()))[0].recalls)
        return self.class_names or [f"class {label}" for label in range(classes)]

    def __str__(self) -> str:
        if not self.others:
            return self._table()
        tables = [
            f"classifier {name}\n{study._table()}" for name, study in self.by_classifier.items()
        ]
        return "\n\n".join([*tables, self.side_by_side])

    def __repr__(self) -> str:
        # The default would print the misclassified images of every training.
        verdict = self.verdicts.get(self.best)
        word = verdict.word if verdict else "no verdict"
        return f"Study({word}: {self.best!r} against {self.baseline!r}, {len(self.arms)} arms)"

    @property
    def side_by_side(self) -> str:
        """A table with the verdict of each classifier."""
        width = max(map(len, self.by_classifier))
        lines = [
            f"{'classifier':<{max(width, 10)}}  {'best without':>14}{'best with':>11}  verdict"
        ]
        for name, study in self.by_classifier.items():
            baseline_accuracy, best_accuracy = (
                _mean(study.scores[arm], "balanced_accuracy")
                for arm in (study.baseline, study.best)
            )
            low, high = (100 * bound for bound in study.verdicts[study.best].interval)
            points = 100 * study.verdicts[study.best].difference
            lines.append(
                f"{name:<{max(width, 10)}}  {baseline_accuracy:>14.2%}{best_accuracy:>11.2%}  "
                f"{study.verdict}: {points:+.2f} points ({low:+.2f} to {high:+.2f})"
            )
        return "\n".join(lines)

    def _table(self) -> str:
        width = max(len(name) for name in self.scores)
        lines = [
            f"{'arm':<{width}}{'balanced acc.':>15}{'macro F1':>10}{'calib.':>8}"
            f"{'difference':>12}{'interval':>20}  verdict"
        ]
        for name, arm_scores in self.scores.items():
            cells = [_mean(arm_scores, key) for key in SHOWN]
            line = f"{name:<{width}}{cells[0]:>14.2%} {cells[1]:>9.3f}{cells[2]:>8.3f}"
            if name in self.verdicts:
                verdict = self.verdicts[name]
                low, high = (100 * bound for bound in verdict.interval)
                line += f"{100 * verdict.difference:>+12.2f}{f'{low:+.2f} to {high:+.2f}':>20}"
                line += f"  {verdict.word}"
            elif name == self.baseline:
                line += f"{'':>32}  the others are compared with this one"
            lines.append(line)
        return "\n".join([*lines, "", *self.sentences])

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each arm: means over the seeds, and the comparison with the baseline.

        With several classifiers, each one has its own rows, with its name.
        """
        if self.others:
            return [
                {"classifier": name, **row}
                for name, study in self.by_classifier.items()
                for row in replace(study, others={}).rows()
            ]
        return [
            {"arm": name}
            | {key: _mean(arm_scores, key) for key in SHOWN}
            | _comparison(self.verdicts.get(name), is_baseline=name == self.baseline)
            for name, arm_scores in self.scores.items()
        ]

    def to_frame(self) -> Any:
        """Return a pandas table with a row for each arm.

        Raises:
            UsageError: pandas is not installed.
        """
        from ganaug.utils.notebook import frame

        return frame(self.rows())

    def _repr_html_(self) -> str:
        from html import escape

        from ganaug.evaluation.table import html

        sentences = [line for study in self.by_classifier.values() for line in study.sentences]
        return f"{html(self.rows())}<p>{escape(' '.join(sentences))}</p>"

    def to_dict(self) -> dict[str, Any]:
        """Return all results except the misclassified images, which are in `results.jsonl`."""

        def score_record(scores: "Scores") -> dict[str, Any]:
            return {key: value for key, value in asdict(scores).items() if key != "wrong"}

        others = {name: study.to_dict() for name, study in self.others.items()}
        return {
            **self.facts,
            **({"others": others} if others else {}),
            "class_names": list(self.class_names),
            "baseline": self.baseline,
            "best": self.best,
            "verdict": self.verdict,
            "plan": self.effect and asdict(self.effect),
            "classes": [asdict(change) for change in self.classes],
            "verdicts": {name: asdict(verdict) for name, verdict in self.verdicts.items()},
            "results": {
                name: [score_record(scores) for scores in arm_scores]
                for name, arm_scores in self.scores.items()
            },
        }

    @classmethod
    @refusing_others("study", "run utility again")
    def from_dict(cls, found: Mapping[str, Any]) -> "Study":
        """Read the output of `to_dict`.

        Raises:
            UsageError: It is not a study.
        """
        from ganaug.evaluation.utility.class_changes import ClassChange
        from ganaug.evaluation.utility.plan import PlanEffect
        from ganaug.evaluation.utility.scores import Scores
        from ganaug.evaluation.utility.significance import Verdict

        scores = {
            name: [Scores(**{**x, "recalls": tuple(x["recalls"]), "wrong": ()}) for x in records]
            for name, records in found["results"].items()
        }
        verdicts = {k: Verdict.from_dict(record) for k, record in found["verdicts"].items()}
        effect = PlanEffect.from_dict(found["plan"]) if found.get("plan") else None
        facts = {key: value for key, value in found.items() if key not in OWN}
        names = tuple(found.get("class_names") or ())
        arguments = (found["baseline"], verdicts, found["best"], names, facts)
        others = {k: cls.from_dict(record) for k, record in found.get("others", {}).items()}
        classes = [ClassChange.from_dict(record) for record in found.get("classes", ())]
        return cls(scores, *arguments, effect=effect, others=others, classes=classes)

    to_json = write_result

    @classmethod
    def from_json(cls, path: str | Path) -> "Study":
        """Read a file that `to_json` wrote.

        Raises:
            UsageError: The file is damaged or holds no study.
        """
        return read_as(path, cls.from_dict)


def _mean(arm_scores: "Sequence[Scores]", key: str) -> float:
    return statistics.fmean(getattr(scores, key) for scores in arm_scores)


def _comparison(verdict: "Verdict | None", *, is_baseline: bool) -> dict[str, Any]:
    if verdict is None:
        word = "baseline" if is_baseline else ""
        return {"difference": None, "low": None, "high": None, "verdict": word}
    low, high = verdict.interval
    return {"difference": verdict.difference, "low": low, "high": high, "verdict": verdict.word}
