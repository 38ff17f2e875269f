"""Trains the arms of a study with every seed, stores the scores, and compares them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from tqdm import tqdm

from ganaug.evaluation.utility.arms import Arm
from ganaug.evaluation.utility.class_changes import class_changes
from ganaug.evaluation.utility.classifiers import Build, answers
from ganaug.evaluation.utility.plan import Plan, effect_of
from ganaug.evaluation.utility.result import Study
from ganaug.evaluation.utility.sampling import Images
from ganaug.evaluation.utility.scores import Scores, scores
from ganaug.evaluation.utility.significance import HELPS, verdicts
from ganaug.evaluation.utility.training import ArmTrainer
from ganaug.utils.atomic_files import write_json
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import besides_lock
from ganaug.utils.safe_json import parse_json, read_json

VALIDATION, ORDER = "validation_images", "image_order"
# Studies of earlier versions lack these facts, and can be resumed without them.
LATER = (VALIDATION, ORDER)


class StudyRunner(ArmTrainer):
    """Trains the classifier in every arm with every seed, and stores each result on disk.

    Args:
        out: Folder of results; trainings with a stored result are not repeated.
        facts: Facts that the results depend on; a folder with other facts is refused.
        build: Builds the classifier.
        real: Real training images.
        synthetic: Synthetic images.
        test: Real images used only for testing.
        num_classes: Number of classes.
        steps: Batches of 64 in each training, or a function of this runner that returns them.
        device: Where to train.

    Raises:
        UsageError: The folder holds another study's results.
    """

    def __init__(
        self,
        out: Path,
        *,
        facts: Mapping[str, Any],
        build: Build,
        real: Images,
        synthetic: Images,
        test: Images,
        num_classes: int,
        steps: "int | Callable[[StudyRunner], int]",
        device: str = "cpu",
    ) -> None:
        super().__init__(build, real, synthetic, num_classes=num_classes, device=device)
        self.out, self.test = out, test
        self.results_file = out / "results.jsonl"
        self.facts = facts
        self.check()
        self.steps = steps if isinstance(steps, int) else steps(self)
        # Results of a version that stores other scores must not be reused.
        score_names = [field.name for field in fields(Scores)]
        self._begin(json.loads(json.dumps({**facts, "steps": self.steps, "kept": score_names})))

    def with_images(self, name: str, real: Images, test: Images) -> "StudyRunner":
        """Return a runner of the same trainings on other real images, stored in a subfolder.

        Args:
            name: Name of the subfolder.
            real: Real training images.
            test: Real images to score.
        """
        return StudyRunner(
            self.out / name,
            facts=self.facts,
            build=self.build,
            real=real,
            synthetic=self.synthetic,
            test=test,
            num_classes=self.num_classes,
            steps=self.steps,
            device=self.device,
        )

    @property
    def known_steps(self) -> int | None:
        """Number of steps of the study in the folder; None without a study."""
        path = self.out / "study.json"
        return _known_facts(path).get("steps") if path.is_file() else None

    def _begin(self, facts: dict[str, Any]) -> None:
        path = self.out / "study.json"
        if path.is_file():
            stored_facts = _known_facts(path)
            if stored_facts != {
                k: v for k, v in facts.items() if k in stored_facts or k not in LATER
            }:
                raise UsageError(f"{self.out} holds another study; give `out` a new folder")
            return
        # A process that was killed while writing study.json leaves a partial file, not a study.
        existing_files = besides_lock(self.out) if self.out.is_dir() else []
        if any(not file.name.startswith("study.json.") for file in existing_files):
            raise UsageError(f"{self.out} is not empty; give `out` a new folder")
        write_json(path, facts)

    def left(self, arms: Sequence[Arm], seeds: Sequence[int]) -> list[tuple[int, Arm]]:
        """Return the remaining trainings, as seed and arm."""
        stored_scores = self._stored_scores()
        return [
            (seed, arm) for seed in seeds for arm in arms if (arm.name, seed) not in stored_scores
        ]

    def run(self, arms: Sequence[Arm], seeds: Sequence[int]) -> dict[str, list[Scores]]:
        """Run the remaining trainings, print a row for each, and return the scores by arm."""
        stored_scores, jobs = self._stored_scores(), self.left(arms, seeds)
        width = max(len(arm.name) for arm in arms)
        if jobs:
            tqdm.write(f"{'arm':<{width}}{'seed':>6}{'balanced acc.':>15}{'mean so far':>13}")
        # None shows the bar on terminals only; the rows are always printed.
        hidden = None if jobs else True
        for seed, arm in tqdm(jobs, desc="utility", unit=" trainings", disable=hidden):
            result = self.once(arm, seed)
            stored_scores[arm.name, seed] = result
            arm_scores = [score for (name, _), score in stored_scores.items() if name == arm.name]
            mean = sum(score.balanced_accuracy for score in arm_scores) / len(arm_scores)
            row = f"{arm.name:<{width}}{seed:>6}{result.balanced_accuracy:>15.2%}{mean:>13.2%}"
            tqdm.write(row)
            line = json.dumps({"arm": arm.name, "seed": seed, **asdict(result)})
            try:
                with self.results_file.open("a", encoding="utf-8") as file:
                    # A leading newline, since a stopped study may have left an incomplete line.
                    file.write(f"\n{line}\n")
            except OSError as error:
                raise UsageError(
                    f"cannot write {self.results_file}: {error.strerror or error}"
                ) from error
        return {arm.name: [stored_scores[arm.name, seed] for seed in seeds] for arm in arms}

    def once(self, arm: Arm, seed: int) -> Scores:
        """Train one arm with one seed, from the same initial weights as all other arms."""
        network = self.trained(arm.parts(self.steps), seed)
        return scores(answers(network, self.test.images), self.test.labels, self.num_classes)

    def _stored_scores(self) -> dict[tuple[str, int], Scores]:
        stored_scores = {}
        if self.results_file.is_file():
            for line in self.results_file.read_text(
                encoding="utf-8", errors="replace"
            ).splitlines():
                try:
                    record = parse_json(line, str(self.results_file))
                    name, seed = record.pop("arm"), record.pop("seed")
                    lists = {key: tuple(record[key]) for key in ("recalls", "wrong")}
                    stored_scores[name, seed] = Scores(**{**record, **lists})
                except (ValueError, TypeError, KeyError, AttributeError):
                    continue  # the line is incomplete or damaged, so this training is repeated
        return stored_scores


def _known_facts(path: Path) -> Any:
    try:
        return read_json(path)
    except UsageError as error:
        raise UsageError(f"{error}; give `out` a new folder") from error


def compare(
    results: Mapping[str, Sequence[Scores]],
    synthetic: Callable[[str], bool],
    labels: Tensor,
    plan: Plan | None = None,
    baseline: str | None = None,
    groups: Sequence[str] = (),
) -> Study:
    """Compare each arm with synthetic images to the best arm without.

    Without `baseline`, the best arm is chosen by the same results that are then compared, which the
    intervals ignore. This slightly overrates the baseline, so the study finds too rarely that
    synthetic images help and too often that they hurt.

    Args:
        results: The scores of each arm, one for each seed.
        synthetic: Returns whether an arm has synthetic images.
        labels: `[N]` classes of the test images.
        plan: Plan of the set, if it fills up single classes.
        baseline: The best arm without synthetic images, if it was chosen on other images.
        groups: Groups of the test images, such as patients; empty if they are independent.

    Raises:
        UsageError: There are fewer than three seeds.
    """
    mean = {
        name: sum(score.balanced_accuracy for score in arm_scores) / len(arm_scores)
        for name, arm_scores in results.items()
    }
    synthetic_arms = [name for name in results if synthetic(name)]
    if baseline is None:
        baseline = max((x for x in results if not synthetic(x)), key=lambda name: mean[name])
    correct = {
        name: correct_by_seed(arm_scores, len(labels)) for name, arm_scores in results.items()
    }
    arm_verdicts = verdicts(
        {name: correct[name] for name in synthetic_arms},
        correct[baseline],
        labels.numpy(),
        groups=groups,
    )
    helping = [name for name in synthetic_arms if arm_verdicts[name].word == HELPS]
    best = max(helping or synthetic_arms, key=lambda name: mean[name])
    effect = None if plan is None else effect_of(plan, correct, labels.numpy(), groups)
    changes = class_changes(
        correct[best], correct[baseline], labels.numpy(), len(synthetic_arms), groups
    )
    return Study(results, baseline, arm_verdicts, best, effect=effect, classes=changes)


def correct_by_seed(arm_scores: Sequence[Scores], images: int) -> np.ndarray:
    """Return whether each test image is classified correctly, `[seeds, images]`."""
    correct = np.ones((len(arm_scores), images))
    for row, score in zip(correct, arm_scores, strict=True):
        row[list(score.wrong)] = 0
    return correct
