"""Membership attacks by an outsider who has the published set and a feature network."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganaug.evaluation.features.networks import read_maps
from ganaug.evaluation.membership.attack import LEAST, Attack, attack
from ganaug.evaluation.membership.result import Membership
from ganaug.evaluation.memorization.search import NearestSearch
from ganaug.protocols import Critic
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

if TYPE_CHECKING:
    from ganaug.evaluation.evaluator import Evaluator
    from ganaug.evaluation.memorization.detector import MemorizationDetector
    from ganaug.synthesis.dataset import SyntheticDataset

# Maximum number of images of each kind: enough to know the AUC to two hundredths.
MOST, MOST_CONTROL = 2_000, 1_000
AT_ONCE = 64


class Attacker:
    """Attacks a set: tries to distinguish training images from held-out images of their classes.

    Args:
        detector: Holds the maps of the training images.
        train: `[T, C, S, S]` uint8 training images and `[T]` their labels, -1 for none.
        held_out: `[H, C, S, S]` uint8 real images that nothing was trained on, and their labels.
        control: `[V, C, S, S]` uint8 more such images, attacked in place of a set as a control.
        class_names: Names of the classes.
        seed: Seed of the choice of images, if there are more than 2,000.
    """

    def __init__(
        self,
        detector: "MemorizationDetector",
        train: tuple[Tensor, Tensor],
        held_out: tuple[Tensor, Tensor],
        control: Tensor,
        class_names: Sequence[str],
        *,
        seed: int = 0,
    ) -> None:
        self.detector, self.class_names, self.control = detector, class_names, control
        random = torch.Generator().manual_seed(seed)

        def choose_rows(labels: Tensor, other_labels: Tensor) -> Tensor:
            indices = (torch.isin(labels, other_labels) & (labels >= 0)).nonzero().flatten()
            return indices[torch.randperm(len(indices), generator=random)[:MOST]]

        rows = choose_rows(train[1], held_out[1]), choose_rows(held_out[1], train[1])
        self.images = train[0][rows[0]], held_out[0][rows[1]]
        self.labels = train[1][rows[0]], held_out[1][rows[1]]
        self.maps = (
            detector.search.known[rows[0]],
            read_maps(detector.network, self.images[1]) if len(rows[1]) else Tensor(),
        )

    def membership(self, published: Sequence[Tensor], critic: Critic | None = None) -> Membership:
        """Attack a set.

        Args:
            published: `[K, D]` maps of its images, from the detector.
            critic: The model, if the attacker also has it.

        Raises:
            UsageError: There are too few real images.
        """
        scores = self.nearness(published)
        overall, control = attack(*scores, *self.labels), None
        if len(self.control) >= LEAST:
            control = attack(*self.nearness(self.detector.maps(self.control)), *self.labels)
        return Membership(
            overall,
            self.detector.network.name,
            control,
            None if critic is None else attack(*self.critic_scores(critic), *self.labels),
            self._by_class(scores),
            n=len(published[0]),
            n_control=len(self.control),
        )

    def nearness(self, published: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Score images by their distance to the nearest published image.

        The closer that is, the likelier the image was trained on (GAN-Leaks, Chen et al. 2020).

        Args:
            published: Maps of the published images and, if training mirrors images, maps of their
                mirror images.
        """
        search = NearestSearch(torch.cat([*published]))
        members, held_out = (-search.nearest(maps, 1).distances[:, 0] for maps in self.maps)
        return members, held_out

    @torch.no_grad()
    def critic_scores(self, critic: Critic) -> tuple[Tensor, Tensor]:
        """Score images by how real they look to the model's discriminator.

        To an overfitted discriminator, its training images look more real than other images
        (LOGAN, Hayes et al. 2019).
        """
        device = device_of(critic)
        members, held_out = (
            torch.cat(
                [
                    critic.judge(to_float(batch).to(device), batch_labels.to(device)).cpu()
                    for batch, batch_labels in zip(
                        images.split(AT_ONCE), labels.split(AT_ONCE), strict=True
                    )
                ]
            )
            for images, labels in zip(self.images, self.labels, strict=True)
        )
        return members, held_out

    def _by_class(self, scores: tuple[Tensor, Tensor]) -> dict[str, Attack]:
        attacks = {}
        for label in self.labels[0].unique().tolist() if len(self.class_names) > 1 else ():
            masks = [labels == label for labels in self.labels]
            if min(int(mask.sum()) for mask in masks) >= LEAST:
                sides = (scores, self.labels)
                parts = [
                    values[mask] for side in sides for values, mask in zip(side, masks, strict=True)
                ]
                attacks[self.class_names[label]] = attack(*parts)
        return attacks


def attack_set(
    evaluator: "Evaluator", detector: "MemorizationDetector", published: Sequence[Tensor]
) -> tuple[Membership | None, str]:
    """Attack a set; return the result, or None and why there is none.

    Args:
        evaluator: Holds the real images.
        detector: Holds the maps of the training images.
        published: Maps of the synthetic images.
    """
    data = evaluator.data
    attacker = Attacker(
        detector,
        data.images("all_train", limit=evaluator.known),
        (evaluator.held_out, evaluator.held_out_labels),
        data.images("validation", limit=MOST_CONTROL)[0],
        data.class_names,
        seed=evaluator.seed,
    )
    try:
        return attacker.membership(published, evaluator.critic), ""
    except UsageError as error:
        return None, str(error)


def critic_of(dataset: "SyntheticDataset", run: Any, device: str = "cpu") -> Critic | None:
    """Return the model that generated a set, from its run or checkpoint; None without one.

    Args:
        dataset: The set.
        run: The run, its folder or a checkpoint.
        device: Device of the model.

    Raises:
        UsageError: The model did not generate the set, or has no discriminator.
    """
    from ganaug.training.checkpoints import load, sha256_of

    if run is None:
        return None
    path = Path(getattr(run, "folder", run))
    checkpoint_digest = ((dataset.manifest or {}).get("checkpoint") or {}).get("sha256")
    files = [path] if path.is_file() else sorted((path / "checkpoints").glob("*.ckpt"))
    matching_files = [file for file in files if sha256_of(file) == checkpoint_digest]
    if not matching_files:
        raise UsageError(
            f"`run` {path} holds no checkpoint that made this set; leave it out, or give the run "
            "that made it"
        )
    model = load(matching_files[0], device).model
    if not isinstance(model, Critic):
        raise UsageError(
            f"`run` {path}: {type(model).__name__} has no discriminator that judges an image by "
            "itself; leave it out"
        )
    return model
