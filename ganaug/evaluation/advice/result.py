"""Advice: the recommended way to train a classifier, and everything that was tried."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from ganaug.evaluation.advice.output.usable import Usable
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.sentences import words_of_set, words_of_untested
from ganaug.evaluation.metrics.result import as_interval
from ganaug.evaluation.utility.significance import HELPS, HURTS, Verdict
from ganaug.utils.errors import UsageError
from ganaug.utils.json_results import refusing_others, write_result
from ganaug.utils.notebook import Printed
from ganaug.utils.user_paths import takes_paths

FILE, REPORT, README = "advice.json", "report.html", "README.md"
RECOMMENDED, ALONE, DEFAULT = "recommended", "real images alone", "the default policy"
WITHOUT_SETS = "the best without further images"
# Names of the ingredients in the roles of candidates without one of them.
CALLED = {
    "augmentation": "augmentation",
    "balance": "balanced classes",
    "blend": "blending",
    "decay": "other regularization",
    "synthetic": "further images",
    "way": "their special use",
}


@dataclass(frozen=True)
class Tried:
    """The result of a candidate in cross-validation.

    Attributes:
        candidate: The candidate.
        round: The last round that it reached, from 1.
        accuracy: Balanced accuracy on held-out images.
        interval: Its 95% interval.
    """

    candidate: Candidate
    round: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Tested:
    """The result of a candidate on the test images.

    Attributes:
        candidate: The candidate.
        accuracies: Balanced accuracy for each seed.
        recalls: Mean recall of each class over the seeds.
        verdict: Comparison of the recommended candidate with this one; None for the recommended
            one.
    """

    candidate: Candidate
    accuracies: tuple[float, ...]
    recalls: tuple[float, ...]
    verdict: Verdict | None = None

    @property
    def accuracy(self) -> float:
        """Mean balanced accuracy over the seeds."""
        return fmean(self.accuracies)


@dataclass(frozen=True)
class Advice(Printed, Usable):
    """The recommended way to train a classifier, its test, and everything that was tried.

    Attributes:
        recommended: The recommended candidate.
        tried: Results of all candidates in cross-validation, the best of the last round first.
        tested: Test results by candidate; empty without test images.
        roles: The candidates to compare the recommended one with, by role.
        class_names: Names of the classes.
        facts: The card of the data, the number of trials and steps, the seed, notes and so on.
        folder: The folder of its files.

    Example:
        >>> recipe = Candidate("small", "elastic", "equal")
        >>> advice = Advice(recipe, [Tried(recipe, 3, accuracy=0.97, interval=(0.95, 0.99))])
        >>> advice.sentences[0], advice.accuracy
        ('recommended: small, elastic, classes equally often', 0.97)
    """

    recommended: Candidate
    tried: Sequence[Tried]
    tested: Mapping[Candidate, Tested] = field(default_factory=dict)
    roles: Mapping[str, Candidate] = field(default_factory=dict)
    class_names: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def cross_validated(self) -> Tried:
        """Result of the recommended candidate in cross-validation."""
        return next(tried for tried in self.tried if tried.candidate == self.recommended)

    @property
    def next(self) -> str:
        """Where the results are, and what to do next."""
        return (
            f"results: {self.folder}/{FILE}, and as a page {self.folder}/{REPORT}\n"
            f"next: train on what is recommended, with the code in {self.folder}/{README}"
        )

    @property
    def accuracy(self) -> float:
        """Balanced accuracy of the recommended candidate on test images, or cross-validated."""
        test_result = self.tested.get(self.recommended)
        return test_result.accuracy if test_result else self.cross_validated.accuracy

    @property
    def sentences(self) -> list[str]:
        """The advice in words."""
        sentences = [f"recommended: {self.recommended.name}"]
        if test_result := self.tested.get(self.recommended):
            sentences.append(
                f"On the {self.facts['test_images']:,} test images it has a balanced accuracy of "
                f"{test_result.accuracy:.2%}, the mean of {len(test_result.accuracies)} seeds."
            )
            sentences += [
                self._comparison(role, candidate)
                for role, candidate in self.roles.items()
                if candidate != self.recommended
            ]
        else:
            result = self.cross_validated
            low, high = (f"{bound:.1%}" for bound in result.interval)
            sentences.append(
                f"{self.untested} Its balanced accuracy of {result.accuracy:.1%} ({low} to {high}) "
                "is cross-validated, and a little too high, since it is the best of "
                f"{len(self.tried)} candidates."
            )
        sentences += [
            words_of_set(name, comparison)
            for name, comparison in self.facts.get("sets", {}).items()
        ]
        return [*sentences, *self.facts.get("notes", ())]

    @property
    def untested(self) -> str:
        """Why there was no test, and how to get one."""
        if names := self.facts.get("untested"):
            return words_of_untested(names)
        return (
            "There are no test images. For a test, set some images of each class aside as test "
            "images, and run advise again with a new output folder."
        )

    def _comparison(self, role: str, candidate: Candidate) -> str:
        test_result = self.tested[candidate]
        assert test_result.verdict is not None, "only the recommended one is compared with nothing"
        low, high = (100 * bound for bound in test_result.verdict.interval)
        word = {HELPS: "better", HURTS: "worse"}.get(
            test_result.verdict.word, test_result.verdict.word
        )
        return (
            f"Against {role} ({test_result.accuracy:.2%}): "
            f"{100 * test_result.verdict.difference:+.2f} points ({low:+.2f} to {high:+.2f}), "
            f"{word}."
        )

    def __str__(self) -> str:
        width = max(len(tried.candidate.name) for tried in self.tried)
        lines = [f"{'cross-validated':<{width}}{'round':>7}{'balanced acc.':>15}{'interval':>18}"]
        for tried in self.tried:
            low, high = (f"{bound:.1%}" for bound in tried.interval)
            row = f"{tried.candidate.name:<{width}}{tried.round:>7}{tried.accuracy:>15.1%}"
            lines.append(f"{row}{f'{low} to {high}':>18}")
        if self.tested:
            width = max(len(candidate.name) for candidate in self.tested)
            lines += ["", f"{'test':<{width}}{'balanced acc.':>15}"]
            lines += [
                f"{k.name:<{width}}{test_result.accuracy:>15.2%}"
                for k, test_result in self.tested.items()
            ]
        return "\n".join([*lines, "", *self.sentences])

    def __repr__(self) -> str:
        return f"Advice({self.recommended.name}; balanced accuracy {self.accuracy:.1%})"

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each candidate: its ingredients and its results."""
        return [
            {
                "candidate": tried.candidate.name,
                **asdict(tried.candidate),
                "round": tried.round,
                "cross_validated": tried.accuracy,
                "low": tried.interval[0],
                "high": tried.interval[1],
                "test": test_result.accuracy
                if (test_result := self.tested.get(tried.candidate))
                else None,
            }
            for tried in self.tried
        ]

    def to_frame(self) -> Any:
        """Return a pandas table with a row for each candidate.

        Raises:
            UsageError: pandas is not installed.
        """
        from ganaug.utils.notebook import frame

        return frame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return all results as plain values."""
        return {
            "recommended": self.recommended.to_dict(),
            "roles": {role: candidate.to_dict() for role, candidate in self.roles.items()},
            "class_names": list(self.class_names),
            "facts": dict(self.facts),
            "tested": [asdict(result) for result in self.tested.values()],
            "tried": [asdict(result) for result in self.tried],
        }

    @classmethod
    @refusing_others("advice", "run advise again")
    def from_dict(cls, found: Mapping[str, Any]) -> "Advice":
        """Read the output of `to_dict`.

        Raises:
            UsageError: It is not an advice.
        """
        tested = [_read_tested(record) for record in found["tested"]]
        return cls(
            Candidate(**found["recommended"]),
            [_read_tried(record) for record in found["tried"]],
            {result.candidate: result for result in tested},
            {role: Candidate(**record) for role, record in found["roles"].items()},
            tuple(found["class_names"]),
            found["facts"],
        )

    to_json = write_result

    @classmethod
    @takes_paths("folder")
    def open(cls, folder: str | Path) -> "Advice":
        """Read the advice that `advise` wrote to a folder.

        Raises:
            UsageError: The folder holds no advice, or the advice is damaged.
        """
        from ganaug.utils.safe_json import read_as

        folder = Path(folder)
        try:
            return replace(read_as(folder / FILE, cls.from_dict), folder=folder)
        except OSError as error:
            raise UsageError(
                f"there is no {FILE} in {folder}; give the folder that advise wrote to"
            ) from error


def _read_tried(record: Mapping[str, Any]) -> Tried:
    # Earlier versions counted rungs from 0.
    number = record["rung"] + 1 if "rung" in record else record["round"]
    candidate, interval = Candidate(**record["candidate"]), as_interval(record["interval"])
    return Tried(candidate, number, record["accuracy"], interval)


def _read_tested(record: Mapping[str, Any]) -> Tested:
    verdict = record["verdict"] and Verdict.from_dict(record["verdict"])
    lists = {name: tuple(record[name]) for name in ("accuracies", "recalls")}
    return Tested(
        **{**record, **lists, "candidate": Candidate(**record["candidate"]), "verdict": verdict}
    )
