"""Memorization: which images are copies of training images, held against held-out real ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.stats import mannwhitneyu
from torch import Tensor

from ganaug.errors import UsageError
from ganaug.evaluation import cache
from ganaug.evaluation.figure import Interval, share_interval
from ganaug.evaluation.networks import DomainNetwork, read_maps

LEAST_HELD_OUT = 20
# Held-out real images come this close to a training image one time in a hundred.
LEVEL = 0.01
# A training image's own surroundings reach to its second neighbour. Of classes of 8 to 50 digits
# beside classes of 1,000, held-out ones then counted as copies as seldom as of the large classes
# (0.2 to 0.8%); the first neighbour may be a duplicate, the third is far in a class of a few.
NEIGHBOURS = 2
# Above either share a set holds too much of its training images: of copies, where 1 in 100 real
# images would count as one, and of images nearer than a held-out one, where half should be.
MANY_COPIES, OFTEN_NEARER = 0.05, 0.8
_ROWS = 500


@dataclass(frozen=True)
class Nearest:
    """The training image next to each image.

    Attributes:
        distances: `[N]` in units of the training image's distance to its own second neighbour, so
            that crowded and empty regions, common and rare classes, are judged alike.
        positions: `[N]` in the training images.
    """

    distances: Tensor
    positions: Tensor


@dataclass(frozen=True)
class Memorization:
    """Whether images are nearer to the training images than real ones are that were held out.

    Attributes:
        copies: Share of images nearer to a training image than 99% of the held-out real ones.
        nearer: How often an image is nearer to the training images than a held-out real one is:
            0.5 for images like the held-out ones, 1 for copies.
        p_value: Of the Mann-Whitney test that they are nearer (Meehan et al. 2020).
        threshold: Distance below which an image counts as a copy.
        n: Images.
        n_held_out: Held-out real images.
    """

    copies: float
    nearer: float
    p_value: float
    threshold: float
    n: int
    n_held_out: int

    @property
    def interval(self) -> Interval:
        """Of the share of copies, 95%."""
        return share_interval(self.copies, self.n)


@dataclass(frozen=True)
class Pair:
    """An image and the training image next to it.

    Attributes:
        synthetic: File of the image.
        training: File of the training image.
        distance: Between them, in units of the training image's surroundings.
        copy: Whether it counts as a copy.
    """

    synthetic: str
    training: str
    distance: float
    copy: bool


class TrainingMemory:
    """Looks images up among the training images, in the last maps of a domain network.

    Maps still know where in the picture something is, which the classifier's last features have
    forgotten: a digit with a little noise was told from others of its class by maps every time, by
    those features never.

    Args:
        network: A domain network in evaluation mode.
        train: `[T, C, S, S]` uint8 training images, more than two.
        held_out: `[H, C, S, S]` uint8 real images that nothing was trained on, 20 or more.
        keep: Whether to find all that concerns real images alone at once, and to keep it on disk.

    Attributes:
        held_out: `[H]` distances of the held-out images.
        threshold: Below this distance an image counts as a copy.

    Raises:
        UsageError: There are too few images.
    """

    def __init__(
        self, network: DomainNetwork, *, train: Tensor, held_out: Tensor, keep: bool = False
    ) -> None:
        if len(train) <= NEIGHBOURS or len(held_out) < LEAST_HELD_OUT:
            raise UsageError(
                f"to tell copies takes more than {NEIGHBOURS} training images and "
                f"{LEAST_HELD_OUT} held-out ones, got {len(train)} and {len(held_out)}"
            )
        self.network = network
        self.known = read_maps(network, train)
        self.squares = self.known.square().sum(dim=1)
        self._surroundings = torch.full((len(train),), torch.nan)
        self.held_out = self._kept(train, held_out) if keep else self.look_up(held_out).distances
        self.threshold = float(self.held_out.quantile(LEVEL))

    def look_up(self, images: Tensor) -> Nearest:
        """Find the training image next to each of `[N, C, S, S]` uint8 or [-1, 1] images."""
        found = [self._nearest(maps) for maps in read_maps(self.network, images).split(_ROWS)]
        positions = torch.cat([positions for positions, _ in found])
        distances = torch.cat([distances for _, distances in found])
        return Nearest(distances / self._reach(positions), positions)

    def is_copy(self, distances: Tensor) -> Tensor:
        """Say of each distance whether it is that of a copy."""
        return distances < self.threshold

    def judge(self, images: Tensor) -> Memorization:
        """Hold images against the held-out ones."""
        return self.compare(self.look_up(images).distances, self.held_out)

    def compare(self, distances: Tensor, held_out: Tensor) -> Memorization:
        """Hold images' distances `[N]` against those of held-out images `[H]`."""
        test = mannwhitneyu(held_out.numpy(), distances.numpy(), alternative="greater")
        pairs = len(distances) * len(held_out)
        return Memorization(
            copies=float(self.is_copy(distances).double().mean()),
            nearer=float(test.statistic) / pairs,
            p_value=float(test.pvalue),
            threshold=self.threshold,
            n=len(distances),
            n_held_out=len(held_out),
        )

    def percentiles(self, found: Nearest) -> dict[str, list[float]]:
        """Return the 0th to 100th percentile of images' distances and of held-out images'."""
        steps = torch.linspace(0, 1, 101, dtype=torch.float64)
        kinds = {"synthetic": found.distances, "held_out": self.held_out}
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

    def _kept(self, train: Tensor, held_out: Tensor) -> Tensor:
        """Find the held-out images' distances and all surroundings, or recall them."""

        def make() -> dict[str, Tensor]:
            distances = self.look_up(held_out).distances
            self._reach(torch.arange(len(train)))
            return {"held_out": distances, "surroundings": self._surroundings}

        reader = cache.digest_of_network(self.network)
        key = [reader, NEIGHBOURS, cache.digest(train), cache.digest(held_out)]
        found = cache.kept("surroundings", key, make)
        self._surroundings = found["surroundings"]
        return found["held_out"]

    def _nearest(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        # |a - b|^2 = |a|^2 - 2 ab + |b|^2 finds the nearest, but is too coarse near zero.
        positions = (self.squares - 2 * maps @ self.known.T).argmin(dim=1)
        return positions, (maps - self.known[positions]).norm(dim=1)

    def _reach(self, positions: Tensor) -> Tensor:
        """Give training images' distances to their second neighbour, found when first asked."""
        asked = positions.unique()
        for new in asked[self._surroundings[asked].isnan()].split(_ROWS):
            order = self.squares - 2 * self.known[new] @ self.known.T
            # The image itself comes first.
            second = order.topk(NEIGHBOURS + 1, largest=False).indices[:, -1]
            reach = (self.known[new] - self.known[second]).norm(dim=1)
            # Two duplicates of an image leave it no surroundings; any unit does.
            self._surroundings[new] = reach.clamp_min(1e-6)
        return self._surroundings[positions]
