"""Linear heads on frozen features, which are computed once and cached."""

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from tqdm import tqdm

from ganaug.evaluation.features.cache import digest_of_network, digest_of_tensor, is_kept, kept
from ganaug.evaluation.features.networks import images_in_a_pass
from ganaug.evaluation.utility.linear_head import LinearHead, fit_head
from ganaug.evaluation.utility.sampling import MIXERS, Images, MixSampler
from ganaug.evaluation.utility.scores import scores
from ganaug.protocols import Augmentation
from ganaug.utils.errors import unreadable
from ganaug.utils.fusing import fuse_batch_norms
from ganaug.utils.pixels import to_float

if TYPE_CHECKING:
    from ganaug.evaluation.utility.pretrained import Trunk

# Augmented views of each image, in addition to the image itself.
VIEWS = 3
# Regularization strengths; the first one is the default, and wins ties on the validation images.
# With 1,660 training images it equals scikit-learn's C = 0.001.
DECAYS = (0.6, 2.0, 6.0, 0.2, 0.06)
LEAST_VALIDATION = 5
# Features are cached in blocks of this many images, so a stopped study loses at most one block.
BLOCK, KIND = 250, "classifier_features"
# Number of MixUp pairs for each drawn row.
MIXED = 2


class FrozenFeatures:
    """Reads the features of each image once, and chooses the regularization of heads on them.

    Args:
        trunk: The pretrained network; its batch norms are folded into its convolutions.
        validation: Real images to choose by, which are used in no training and no test.
        views: Number of augmented views of each image, in addition to the image itself.
    """

    def __init__(self, trunk: "Trunk", validation: Images, views: int = VIEWS) -> None:
        self.views = views
        self.trunk, self.validation = trunk.eval().requires_grad_(False), validation
        shape = (1, *validation.images.shape[1:])
        probe = torch.linspace(-1, 1, math.prod(shape), device=trunk.mean.device).view(shape)
        try:
            fuse_batch_norms(trunk.network, lambda: [trunk(probe)])
        except Exception as error:  # a network for another size may raise anything
            remedy = "give another classifier_size, or another classifier"
            raise unreadable(f"classifier {trunk.name}", shape[2], error, remedy) from error
        self._cached_features: dict[tuple[int, int, int], tuple[tuple[Any, ...], Tensor]] = {}
        self._blocks_by_id: dict[int, tuple[Tensor, list[tuple[Tensor, str]]]] = {}
        self._decays: dict[object, float] = {}

    def of(self, images: Tensor, augmentation: Augmentation | None = None, view: int = 0) -> Tensor:
        """Return features `[N, D]` of images `[N, C, S, S]` uint8.

        Args:
            images: The images.
            augmentation: Augmentation to apply first, if any.
            view: Number of the augmented view, which seeds the augmentation with the image's hash.
        """
        key = (id(images), id(augmentation), view)
        if key not in self._cached_features:
            cache_key = self._cache_key(augmentation, view)
            blocks = tqdm(
                self._blocks(images), desc="features", unit=" blocks", leave=False, disable=None
            )
            features = []
            for block, name in blocks:
                read_block = partial(self._read, block, augmentation, view)
                features.append(kept(KIND, [*cache_key, name], read_block)["features"])
            # References to the images and the augmentation, so that their ids can't be reused.
            self._cached_features[key] = (images, augmentation), torch.cat(features)
        return self._cached_features[key][1]

    def unread(
        self, images: Tensor, augmentation: Augmentation | None = None, view: int = 0
    ) -> int:
        """Return how many images `of` would have to read, since they are not cached."""
        if (id(images), id(augmentation), view) in self._cached_features:
            return 0
        cache_key = self._cache_key(augmentation, view)
        blocks = self._blocks(images)
        return sum(len(block) for block, name in blocks if not is_kept(KIND, [*cache_key, name]))

    def _cache_key(self, augmentation: Augmentation | None, view: int) -> list[Any]:
        """Return the cache key of features, except for the images' hash."""
        policy = str(getattr(augmentation, "compose", augmentation))
        return [digest_of_network(self.trunk), policy, view]

    def _blocks(self, images: Tensor) -> list[tuple[Tensor, str]]:
        """Return images in blocks with their hashes, which are computed only once."""
        if id(images) not in self._blocks_by_id:
            blocks = [(block, digest_of_tensor(block)) for block in images.split(BLOCK)]
            self._blocks_by_id[id(images)] = images, blocks
        return self._blocks_by_id[id(images)][1]

    def seconds_an_image(self, images: Tensor) -> float:
        """Return the seconds per image for reading features, from timing a few images."""
        batch = images[: 2 * images_in_a_pass(images.shape[-1], self.trunk.mean.device)]
        self._read(batch[:1], None, 0)
        started = time.perf_counter()
        self._read(batch, None, 0)
        return (time.perf_counter() - started) / len(batch)

    @torch.no_grad()
    def _read(
        self, images: Tensor, augmentation: Augmentation | None, view: int
    ) -> dict[str, Tensor]:
        if augmentation is not None:
            images = torch.stack([changed(image, augmentation, view) for image in images])
        device = self.trunk.mean.device
        passes = images.split(images_in_a_pass(images.shape[-1], device))
        features = [self.trunk(to_float(batch.to(device))).cpu() for batch in passes]
        return {"features": torch.cat(features)}

    def rows(self, sampler: MixSampler, draws: int) -> tuple[Tensor, Tensor, Tensor]:
        """Draw from a mix; return features `[M, D]`, their targets, and how often each is drawn."""
        augmentation, batches = sampler.mix.augmentation, []
        for view, counts in enumerate(
            sampler.counts(draws, 1 + (self.views if augmentation else 0))
        ):
            policy = augmentation if view else None
            start = 0
            for store, store_counts in zip(sampler.stores, counts, strict=True):
                if len(drawn_rows := store_counts.nonzero()[:, 0]):
                    features = self.of(store.images, policy, view)[drawn_rows]
                    batches.append(
                        (features, sampler.targets(drawn_rows + start), store_counts[drawn_rows])
                    )
                start += len(store.labels)
        features, targets, times = (torch.cat(tensors) for tensors in zip(*batches, strict=True))
        if sampler.mix.blend == "mixup":
            return mixed(features, targets, times, sampler)
        return features, targets, times

    def decay_of(self, sampler: MixSampler, draws: int) -> float:
        """Return the regularization that is best on the validation images; it ignores the seed."""
        rows = sampler.stores[0].rows
        key = sampler.mix, None if rows is None else digest_of_tensor(rows)
        if key not in self._decays:
            self._decays[key] = self._choose_decay(sampler.with_seed(0), draws)
        return self._decays[key]

    def _choose_decay(self, sampler: MixSampler, draws: int) -> float:
        classes, validation = len(sampler.pools), self.validation
        if int(validation.labels.bincount(minlength=classes).min()) < LEAST_VALIDATION:
            return DECAYS[0]
        rows, features = self.rows(sampler, draws), self.of(validation.images)
        heads = [fit_head(*rows, num_classes=classes, decay=decay) for decay in DECAYS]
        accuracies = [
            scores(head.logits(features), validation.labels, classes).balanced_accuracy
            for head in heads
        ]
        return DECAYS[int(np.argmax(accuracies))]


class FrozenClassifier(nn.Module):
    """A linear head on frozen features, a `Learner`.

    Args:
        features: Reader of the features, shared by all trainings.
        num_classes: Number of classes.
    """

    def __init__(self, features: FrozenFeatures, num_classes: int) -> None:
        super().__init__()
        self.features, self.trunk, self.num_classes = features, features.trunk, num_classes
        self.head: LinearHead | None = None

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` in [-1, 1] to logits."""
        features = self.trunk(images).cpu()
        if self.head is None:
            return features.new_zeros(len(features), self.num_classes)
        return self.head.logits(features)

    def learn(self, sampler: MixSampler, draws: int) -> None:
        """Fit the head to draws of a mix, starting from the current head, if any."""
        self.head = fit_head(
            *self.features.rows(sampler, draws),
            num_classes=self.num_classes,
            decay=sampler.mix.decay * self.features.decay_of(sampler, draws),
            start=self.head,
        )

    def answer(self, images: Tensor) -> Tensor:
        """Return logits for images `[N, C, S, S]` uint8."""
        if self.head is None:
            return self(to_float(images))
        return self.head.logits(self.features.of(images))


def mixed(
    features: Tensor, targets: Tensor, times: Tensor, sampler: MixSampler
) -> tuple[Tensor, Tensor, Tensor]:
    """Apply MixUp to features instead of images, with a mixing ratio for each pair.

    Args:
        features: `[M, D]`.
        targets: Output of `MixSampler.targets`.
        times: `[M]` number of times that each row is drawn.
        sampler: The sampler of the draws.

    Returns:
        Features `[N, D]` of `MIXED` pairs for each row, targets `[N, K]`, and the number of times
        that each is drawn, which is 1.
    """
    random, alpha = sampler.random, MIXERS["mixup"][1]
    chances = (times / times.sum()).double().numpy()
    pairs = random.choice(len(features), (2, MIXED * len(features)), p=chances / chances.sum())
    share = torch.from_numpy(random.beta(alpha, alpha, (pairs.shape[1], 1))).float()
    if targets.ndim == 1:
        targets = one_hot(targets, len(sampler.pools)).float()
    first, second = torch.from_numpy(pairs)
    blended = [
        share * values[first] + (1 - share) * values[second] for values in (features, targets)
    ]
    return blended[0], blended[1], torch.ones(len(share))


def changed(image: Tensor, augmentation: Augmentation, view: int) -> Tensor:
    """Return an augmented view of an image `[C, S, S]` uint8."""
    augmentation.seed(int(digest_of_tensor(image)[:12], 16) + view)
    pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
    return torch.from_numpy(augmentation(pixels)).permute(2, 0, 1)
