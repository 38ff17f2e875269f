"""Memorization: which images are copies of training images, held against held-out real ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.stats import mannwhitneyu
from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.networks import MapNetwork, read_maps
from ganaug.evaluation.features.trust import weakness
from ganaug.evaluation.memorization.search import NearestSearch
from ganaug.evaluation.metrics.result import Interval, MetricResult, share_interval
from ganaug.utils.errors import UsageError

LEAST_HELD_OUT = 20
# Held-out real images come this close to a training image one time in a hundred.
LEVEL = 0.01
# A copy is much nearer to one training image than to the next few. Measured by the mean distance to
# the next five, held-out digits of classes of 20 beside classes of 1,000 counted as copies hardly
# more often than those of the large classes (1.1 and 0.8%). In units of the surroundings of the
# training image instead fewer planted copies were found, and whatever fell near a photograph unlike
# all others counted as its copy.
NEIGHBOURS = 5
# Above either share a set holds too much of its training images: of copies, where 1 in 100 real
# images would count as one, and of images nearer than a held-out one, where half should be.
MANY_COPIES, OFTEN_NEARER = 0.05, 0.8


@dataclass(frozen=True)
class Nearest:
    """The training image next to each image.

    Attributes:
        positions: `[N]` in the training images.
        gaps: `[N]` distances to them.
        distances: `[N]` the same in units of the image's mean distance to the next five training
            images (Carlini et al. 2023), so that crowded and empty regions, common and rare
            classes, are judged alike: 0 for a copy, near 1 for what is no nearer to one training
            image than to others.
    """

    positions: Tensor
    gaps: Tensor
    distances: Tensor


@dataclass(frozen=True)
class Memorization:
    """Whether images are nearer to the training images than real ones are that were held out.

    Attributes:
        copies: Share of images nearer to a training image than 99% of the held-out real ones.
        nearer: How often an image is nearer to the training images than a held-out real one is:
            0.5 for images like the held-out ones, 1 for copies.
        p_value: Of the Mann-Whitney test that they are nearer (Meehan et al. 2020).
        threshold: Distance below which an image counts as a copy.
        features: Name of the network whose maps the distances are between.
        n: Images.
        n_held_out: Held-out real images.
        weak_features: Why copies may be missed: the network learned too little. Those that it finds
            are copies all the same.
    """

    copies: float
    nearer: float
    p_value: float
    threshold: float
    features: str
    n: int
    n_held_out: int
    weak_features: str = ""

    @property
    def interval(self) -> Interval:
        """Of the share of copies, 95%."""
        return share_interval(self.copies, self.n)

    @property
    def result(self) -> MetricResult:
        """The share of copies as one metric; of held-out real images 1% count as copies."""
        return MetricResult(
            "memorized",
            self.features,
            self.copies,
            self.interval,
            n=self.n,
            n_real=self.n_held_out,
            better="lower",
            weak_features=self.weak_features,
        )


@dataclass(frozen=True)
class Pair:
    """An image and the training image next to it.

    Attributes:
        synthetic: File of the image.
        training: File of the training image.
        distance: Between them, as in `Nearest.distances`.
        copy: Whether it counts as a copy.
    """

    synthetic: str
    training: str
    distance: float
    copy: bool


class MemorizationDetector:
    """Looks images up among the training images, in the maps of a network.

    Maps still know where in the picture something is, which the classifier's last features have
    forgotten: a digit with a little noise was told from others of its class by maps every time, by
    those features never.

    Args:
        network: In evaluation mode: a domain network, or for photographs that of ImageNet, which
            finds far more of the copies that are shifted, cropped or darker.
        train: `[T, C, S, S]` uint8 training images, more than five.
        held_out: `[H, C, S, S]` uint8 real images that nothing was trained on, 20 or more.
        mirrored: Whether the mirror image of a training image counts as its copy: where training
            mirrors images, a generator that knows one by heart draws both.
        keep: Whether to keep on disk what is found of the held-out images.

    Attributes:
        held_out: What is nearest to the held-out images.
        threshold: Below this distance an image counts as a copy.

    Raises:
        UsageError: There are too few images.
    """

    def __init__(
        self,
        network: MapNetwork,
        *,
        train: Tensor,
        held_out: Tensor,
        mirrored: bool = False,
        keep: bool = False,
    ) -> None:
        if len(train) <= NEIGHBOURS or len(held_out) < LEAST_HELD_OUT:
            raise UsageError(
                f"to tell copies takes more than {NEIGHBOURS} training images and "
                f"{LEAST_HELD_OUT} held-out ones, got {len(train)} and {len(held_out)}"
            )
        self.network, self.mirrored = network, mirrored
        self.search = NearestSearch(read_maps(network, train))
        self.held_out = self._kept(train, held_out) if keep else self.look_up(held_out)
        self.threshold = float(self.held_out.distances.quantile(LEVEL))

    def look_up(self, images: Tensor) -> Nearest:
        """Find the training image next to each of `[N, C, S, S]` uint8 or [-1, 1] images.

        Of an image and its mirror image what is nearer to one, where either would be a copy.
        """
        return self.find(self.maps(images))

    def maps(self, images: Tensor) -> list[Tensor]:
        """Read the maps `[N, D]` of images, and where training mirrors of their mirror images."""
        turned = [images.flip(3)] if self.mirrored else []
        return [read_maps(self.network, each) for each in (images, *turned)]

    def find(self, maps: Sequence[Tensor]) -> Nearest:
        """Find the training image next to each image, by its maps."""
        found, *others = map(self._find, maps)
        if not others:
            return found
        (turned,) = others
        nearer = turned.distances < found.distances
        pairs = zip(vars(turned).values(), vars(found).values(), strict=True)
        return Nearest(*(torch.where(nearer, *pair) for pair in pairs))

    def _find(self, maps: Tensor) -> Nearest:
        positions, distances = self.search.nearest(maps, NEIGHBOURS + 1)
        gaps = distances[:, 0]
        return Nearest(positions[:, 0], gaps, gaps / _spreads(distances))

    def remoteness(self, found: Nearest) -> Tensor:
        """Give gaps `[N]` in units of the training images' own mean distances to the next five.

        Large for what is like nothing real, where `distances` are near 1 and say nothing.
        """
        asked, places = found.positions.unique(return_inverse=True)
        around = self.search.nearest(self.search.known[asked], NEIGHBOURS + 1).distances
        return found.gaps / _spreads(around)[places]

    def is_copy(self, distances: Tensor) -> Tensor:
        """Say of each distance whether it is that of a copy."""
        return distances < self.threshold

    def judge(self, images: Tensor) -> Memorization:
        """Hold images against the held-out ones."""
        return self.compare(self.look_up(images).distances, self.held_out.distances)

    def compare(self, distances: Tensor, held_out: Tensor) -> Memorization:
        """Hold images' distances `[N]` against those of held-out images `[H]`."""
        test = mannwhitneyu(held_out.numpy(), distances.numpy(), alternative="greater")
        pairs = len(distances) * len(held_out)
        return Memorization(
            copies=float(self.is_copy(distances).double().mean()),
            nearer=float(test.statistic) / pairs,
            p_value=float(test.pvalue),
            threshold=self.threshold,
            features=self.network.name,
            n=len(distances),
            n_held_out=len(held_out),
            weak_features=weakness(self.network),
        )

    def compare_by_class(
        self, distances: Tensor, labels: Tensor, held_out_labels: Tensor, names: Sequence[str]
    ) -> dict[str, Memorization]:
        """Hold the images of each class against its held-out images, where there are 20."""
        if len(names) < 2:
            return {}
        pairs = {
            names[label]: (distances[labels == label], self.held_out.distances[held])
            for label in labels.unique().tolist()
            if int((held := held_out_labels == label).sum()) >= LEAST_HELD_OUT
        }
        return {name: self.compare(*pair) for name, pair in pairs.items()}

    def percentiles(self, found: Nearest) -> dict[str, list[float]]:
        """Return the 0th to 100th percentile of images' distances and of held-out images'."""
        steps = torch.linspace(0, 1, 101, dtype=torch.float64)
        kinds = {"synthetic": found.distances, "held_out": self.held_out.distances}
        return {name: each.double().quantile(steps).tolist() for name, each in kinds.items()}

    def closest(
        self, found: Nearest, files: Sequence[str], training_files: Sequence[str], count: int
    ) -> list[Pair]:
        """List the closest pairs, closest first; files in the order of the images."""
        order = found.distances.argsort()[:count].tolist()
        return [
            Pair(
                synthetic=files[place],
                training=training_files[int(found.positions[place])],
                distance=float(found.distances[place]),
                copy=bool(self.is_copy(found.distances[place])),
            )
            for place in order
        ]

    def _kept(self, train: Tensor, held_out: Tensor) -> Nearest:
        """Look the held-out images up, or recall what was found."""
        reader = cache.digest_of_network(self.network)
        images = [cache.digest(train), cache.digest(held_out)]
        key = [reader, NEIGHBOURS, "exact", *images, *(["mirrored"] if self.mirrored else [])]
        return Nearest(**cache.kept("nearest", key, lambda: vars(self.look_up(held_out))))


def _spreads(distances: Tensor) -> Tensor:
    """Return mean distances to the next five; six duplicates leave none, and any unit does."""
    return distances[:, 1:].mean(dim=1).clamp_min(1e-6)
