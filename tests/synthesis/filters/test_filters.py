"""Filters: each turns away what it is for, and lets the rest pass."""

from types import SimpleNamespace

import pytest
import torch

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.synthesis import (
    AgreementFilter,
    DuplicateFilter,
    GeneratorSource,
    MemorizationFilter,
    RealismFilter,
    RejectionFilter,
    expand,
)
from ganaug.synthesis.context import Context
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.filters.registry import (
    build_filters,
    check_features,
    filters,
    parse_filter,
    parse_filters,
    register_filter,
)
from ganaug.synthesis.filters.useful import UsefulFilter
from ganaug.synthesis.sources.base import Batch
from ganaug.synthesis.writer import folder
from ganaug.utils.errors import UsageError


@pytest.fixture(scope="module")
def digits():
    data = MNISTDataModule(per_class=60)
    train, labels = data.images("train")
    held_out, held_labels = data.images("test")
    network, _ = train_domain_network(train, labels, 10, seed=0, width=8)
    return network, train, labels, held_out, held_labels


def batch(images, label=0):
    return Batch(label, range(len(images)), images)


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


def test_the_useful_filter_passes_what_agrees_and_is_unsure(monkeypatch):
    monkeypatch.setattr("ganaug.synthesis.filters.useful.digest", lambda network: "weights")
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


class Brightness:
    """Holds bright images to be real."""

    def judge(self, images, labels):
        return 3 * images.flatten(1).mean(dim=1)


def test_the_realism_gate_keeps_the_share_that_is_asked_for(painter):
    source = GeneratorSource(painter(2), "ab")
    screen = RealismFilter(Brightness(), source, keep=0.25)
    made = [source.make(0, block) for block in range(4, 12)]
    verdicts = [screen.judge(each) for each in made]
    passed = torch.cat([verdict.passed["realism"] for verdict in verdicts])
    assert passed.double().mean() == pytest.approx(0.25, abs=0.08)
    bright = torch.cat([each.images.double().flatten(1).mean(dim=1) for each in made])
    assert bright[passed].min() >= bright[~passed].max() - 1e-6


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


def test_gates_in_rounds_with_rates_and_an_honest_shortfall(painter, tmp_path):
    source = GeneratorSource(painter(2), "ab")
    screen = RealismFilter(Brightness(), source, keep=0.25)
    plan = {"generator": {"a": 40, "b": 10}}
    manifest = expand([source], plan, tmp_path / "out", filters=[screen])
    assert manifest["counts"]["synthetic"] == {"a": 40, "b": 10}
    assert manifest["short"] == {}
    seen = manifest["passed"]["a"]
    assert seen["realism"] / seen["tried"] == pytest.approx(0.25, abs=0.1)
    few = expand([source], plan, tmp_path / "few", filters=[screen], max_attempts=2)
    made = few["counts"]["synthetic"]["a"]
    assert few["short"]["a"] == 40 - made > 0
    assert few["passed"]["a"]["tried"] == 128
    assert "| a | " in (tmp_path / "few/README.md").read_text()


def test_what_is_on_disk_is_read_back_before_the_first_round_alone(painter, tmp_path, monkeypatch):
    read_back, rounds = [], []
    keep_whole, missing = folder.keep_whole, folder.Folder.missing
    monkeypatch.setattr(folder, "keep_whole", lambda out: read_back.append(out) or keep_whole(out))
    monkeypatch.setattr(folder.Folder, "missing", lambda own: rounds.append(1) or missing(own))
    source = GeneratorSource(painter(2), "ab")
    screen = RealismFilter(Brightness(), source, keep=0.25)
    expand([source], {"generator": {"a": 100}}, tmp_path / "out", filters=[screen])
    assert len(rounds) >= 4  # two looks for each round
    assert read_back == [tmp_path / "out"]


def test_duplicates_are_left_out(digits, tmp_path):
    network, train, _, held_out, _ = digits
    duplicates = DuplicateFilter(network, held_out[:500])

    class Repeating:
        """Draws 40 digits again and again."""

        method, class_names, facts = "generator", "a", {}

        def most(self, label):
            return None

        def make(self, label, block):
            places = torch.arange(64 * block, 64 * block + 64)
            return Batch(label, range(64 * block, 64 * block + 64), train[places % 40])

    settings = {"filters": [duplicates], "max_attempts": 4}
    manifest = expand([Repeating()], {"generator": {"a": 100}}, tmp_path / "out", **settings)
    assert manifest["counts"]["synthetic"]["a"] <= 40
    assert manifest["counts"]["synthetic"]["a"] >= 35
    assert manifest["short"]["a"] >= 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "copies",
            "'copies' is none of agreement, duplicates, memorized, outliers, private, realism, ",
        ),
        ("agreement=high", "'high' is not a number"),
        ("memorized=3", "memorized takes no such number"),
        ("agreement=nan", "agreement takes no such number"),
    ],
)
def test_wrong_words(text, message):
    with pytest.raises(UsageError, match=message):
        parse_filter(text)


def test_words():
    assert parse_filter("agreement=0.8") == ("agreement", 0.8)
    assert parse_filter("agreement") == ("agreement", 0.5)
    assert parse_filter("memorized") == ("memorized", None)


def test_photographs_are_compared_by_the_network_of_imagenet(digits):
    network, train, _, held_out, _ = digits
    asked = {"agreement": 0.5, "memorized": None, "duplicates": None}

    def context(features):
        card = SimpleNamespace(class_names=tuple("0123456789"))
        found = Context(SimpleNamespace(card=card, model=None), filter_features=features)
        found.filters = asked
        # In the place of what is read and trained when it is first needed.
        vars(found).update(
            network=network,
            held_out=held_out[:60],
            data=SimpleNamespace(mirrors=False),
            images=SimpleNamespace(images=train[:60], sources=[""] * 60),
        )
        return found

    agreement, memory, duplicates = build_filters(asked, context("imagenet"))
    assert agreement.network is network
    assert memory.network is duplicates.network
    assert memory.network.name == "imagenet-lite0"
    assert not memory.judge(batch(train[:20])).passed["memorized"].any()
    _, memory, _ = build_filters(asked, context("lite2"))
    assert memory.network.name == "imagenet-lite2"
    _, memory, _ = build_filters(asked, context("domain"))
    assert memory.network is network


@pytest.mark.parametrize("asked", [[], ["agreement", "realism"]])
def test_features_that_no_gate_reads_are_refused(asked):
    check_features("domain", asked)
    check_features("imagenet", [*asked, "outliers"])
    with pytest.raises(
        UsageError, match="is read by the filters duplicates, memorized, outliers, private alone"
    ):
        check_features("imagenet", asked)


def test_filters_are_in_the_order_of_the_alphabet():
    assert list(parse_filters(["outliers", "memorized", "agreement=0.7"])) == [
        "agreement",
        "memorized",
        "outliers",
    ]
    with pytest.raises(UsageError, match="one is given twice"):
        parse_filters(["agreement", "agreement=0.7"])


def test_a_filter_of_ones_own(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(filters(), "_added", dict(filters().items()))

    class Bright:
        @property
        def facts(self):
            return {"bright": 0.5}

        def judge(self, batch):
            return FilterResult({"bright": torch.tensor([i % 4 == 0 for i in batch.indices])})

    @register_filter("bright", default=0.5)
    def bright(value, context):
        assert (value, context) == (0.7, None)
        return Bright()

    built = build_filters(parse_filters(["bright=0.7"]), None)
    source = GeneratorSource(painter(2), "ab")
    manifest = expand([source], {"generator": {"a": 20}}, tmp_path / "out", filters=built)
    assert manifest["filters"] == [{"bright": 0.5}]
    assert manifest["counts"]["synthetic"] == {"a": 20}
    assert manifest["passed"]["a"] == {"tried": 128, "bright": 32}
