"""Filters: each turns away what it is for, and lets the rest pass."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.synthesis import (
    AgreementFilter,
    GeneratorSource,
    MemorizationFilter,
    RealismFilter,
    RejectionFilter,
)
from ganaug.synthesis.filters.registry import build_filters, parse_filter
from ganaug.synthesis.filters.useful import UsefulFilter
from ganaug.synthesis.sources.base import Batch
from ganaug.utils.errors import UsageError
from helpers.batches import Brightness, batch


def test_the_copy_gate_rejects_planted_copies_and_passes_held_out_images(digits):
    network, train, _, held_out, _ = digits
    memory = MemorizationDetector(network, train=train, held_out=held_out[::2])
    names = [f"{i}.png" for i in range(len(train))]
    screen = MemorizationFilter(memory, names, memorized=True, outliers=False)
    planted = screen.judge(batch(train[200:300]))
    assert int((~planted.passed["memorized"]).sum()) >= 99
    assert planted.columns["nearest"] == names[200:300]
    assert max(planted.columns["distance"]) < 0.1
    assert int(screen.judge(batch(held_out[1:200:2])).passed["memorized"].sum()) >= 95
    assert set(planted.passed) == {"memorized"}


def test_the_stray_gate_rejects_noise_and_passes_held_out_images(digits):
    network, train, _, held_out, _ = digits
    memory = MemorizationDetector(network, train=train, held_out=held_out[::2])
    screen = MemorizationFilter(memory, [""] * len(train), memorized=False, outliers=True)
    torch.manual_seed(0)
    noise = torch.randint(0, 256, (50, 1, 28, 28), dtype=torch.uint8)
    assert not screen.judge(batch(noise)).passed["outliers"].any()
    assert int(screen.judge(batch(held_out[1:200:2])).passed["outliers"].sum()) >= 95


def test_the_agreement_gate_knows_the_class(digits):
    network, _, _, held_out, held_labels = digits
    screen = AgreementFilter(network, 0.5)
    sevens, ones = (held_out[held_labels == digit][:50] for digit in (7, 1))
    assert screen.judge(batch(sevens, 7)).passed["agreement"].double().mean() > 0.5
    assert screen.judge(batch(ones, 7)).passed["agreement"].double().mean() < 0.2
    with pytest.raises(UsageError, match="agreement=0: use a probability"):
        AgreementFilter(network, 0)


class Sure:
    """Gives the first class the probability that the first pixel of an image is of 255."""

    report = None
    num_features = 1

    def features_and_logits(self, images):
        first = ((images[:, 0, 0, 0] + 1) / 2).clamp(1e-6, 1 - 1e-6)
        return first[:, None], torch.stack([first.log(), (1 - first).log()], dim=1)


@pytest.mark.parametrize("confidence", [0.3, 0.5, 0.9])
def test_the_agreement_filter_passes_images_of_at_least_this_probability(confidence):
    images = torch.tensor([50, 100, 150, 200, 250], dtype=torch.uint8)[:, None, None, None]
    for label, likely in enumerate((images.flatten() / 255, 1 - images.flatten() / 255)):
        found = AgreementFilter(Sure(), confidence).judge(batch(images, label))
        assert torch.equal(found.passed["agreement"], likely >= confidence)
        assert found.columns["agreement"] == pytest.approx(likely.tolist(), abs=1e-4)


def test_the_useful_filter_passes_what_agrees_and_is_unsure(monkeypatch):
    monkeypatch.setattr("ganaug.synthesis.filters.useful.weights_digest", lambda network: "weights")
    images = torch.tensor([20, 115, 140, 204, 250], dtype=torch.uint8)[:, None, None, None]
    screen = UsefulFilter(Sure(), 0.9)
    found = screen.judge(batch(images, 0))
    assert found.passed["useful"].tolist() == [False, False, True, True, False]
    assert found.columns["agreement"] == pytest.approx((images.flatten() / 255).tolist(), rel=1e-4)
    assert screen.judge(batch(images, 1)).passed["useful"].tolist() == [False, True] + 3 * [False]
    assert screen.facts == {"useful": 0.9, "weights": "weights"}
    assert parse_filter("useful") == ("useful", 0.9)
    with pytest.raises(UsageError, match="useful=1: use a probability above 0 and below 1"):
        UsefulFilter(Sure(), 1)
    with pytest.raises(UsageError, match="useful: there is a single class"):
        build_filters({"useful": 0.9}, SimpleNamespace(class_names=("a",)))


def test_the_realism_gate_keeps_the_share_that_is_asked_for(painter):
    source = GeneratorSource(painter(2), "ab")
    screen = RealismFilter(Brightness(), source, keep=0.25)
    made = [source.make(0, block) for block in range(4, 12)]
    verdicts = [screen.judge(each) for each in made]
    passed = torch.cat([verdict.passed["realism"] for verdict in verdicts])
    assert passed.double().mean() == pytest.approx(0.25, abs=0.08)
    bright = torch.cat([each.images.double().flatten(1).mean(dim=1) for each in made])
    assert bright[passed].min() >= bright[~passed].max() - 1e-6


@pytest.mark.parametrize("kind", [RealismFilter, RejectionFilter])
def test_images_are_judged_as_those_of_their_class(painter, kind):
    """Against others of the class, and with the class as the discriminator's label."""

    class ByClass(Brightness):
        def judge(self, images, labels):
            return 10 * labels + super().judge(images, labels)

    source = GeneratorSource(painter(2), "ab")
    found = kind(ByClass(), source).judge(source.make(1, 9))
    assert min(found.columns["realism"]) > 5
    (passed,) = found.passed.values()
    assert 0.2 < passed.double().mean() < 0.8


def test_rejection_accepts_as_often_as_asked_and_the_real_ones_more_often(painter):
    source = GeneratorSource(painter(2), "ab")
    screen = RejectionFilter(Brightness(), source, accept=0.3)
    made = [source.make(1, block) for block in range(4, 20)]
    passed = torch.cat([screen.judge(each).passed["rejection"] for each in made])
    assert passed.double().mean() == pytest.approx(0.3, abs=0.08)
    bright = torch.cat([each.images.double().flatten(1).mean(dim=1) for each in made])
    assert bright[passed].mean() > bright[~passed].mean()
    again = torch.cat([screen.judge(each).passed["rejection"] for each in made])
    assert torch.equal(passed, again)


def test_rejection_sampling_restores_the_real_proportions():
    """Samples are half dark, half bright; real ones 1 to 3: logits log(1/2) and log(3/2)."""

    class Halves:
        method, class_names, seed = "generator", "a", 0

        def most(self, label):
            return None

        def make(self, label, block):
            kind = torch.randint(0, 2, (64,), generator=torch.Generator().manual_seed(block))
            images = (255 * kind).view(-1, 1, 1, 1).expand(-1, 1, 2, 2).to(torch.uint8)
            return Batch(label, range(64 * block, 64 * block + 64), images)

    class Perfect:
        def judge(self, images, labels):
            return torch.where(images.flatten(1).mean(dim=1) > 0, 1.5, 0.5).log()

    made = [Halves().make(0, block) for block in range(60)]
    # All of the bright and a third of the dark, of the blocks that the filter learns from.
    share = torch.cat([each.images for each in made[:4]]).double().mean() / 255
    screen = RejectionFilter(Perfect(), Halves(), accept=float(share + (1 - share) / 3))
    accepted = torch.cat([screen.judge(each).passed["rejection"] for each in made]).double()
    bright = torch.cat([each.images for each in made]).flatten(1).amax(dim=1) > 0
    assert accepted[bright].mean() > 0.99
    assert accepted[~bright].mean() == pytest.approx(1 / 3, abs=0.04)
