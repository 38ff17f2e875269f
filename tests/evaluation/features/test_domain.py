"""Domain networks: what they learn, their cache, and that they have no side effects."""

import warnings
from dataclasses import replace

import pytest
import torch

from ganaug.evaluation.features.domain import PURPOSES, domain_features, train_domain_network
from ganaug.evaluation.features.epochs import augment
from ganaug.evaluation.features.networks import DomainNetwork, TrainingReport, read_features
from ganaug.utils.errors import UsageError


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [16, 28, 33, 64, 256])
def test_shapes_at_every_size(size, channels):
    network = DomainNetwork(channels, 7, size, width=8).eval()
    images = torch.rand(2, channels, size, size) * 2 - 1
    features, logits = network.features_and_logits(images)
    assert features.shape == (2, 64)
    assert logits.shape == (2, 7)
    assert torch.equal(network.features(images), features)
    assert torch.equal(network.logits(images), logits)


@pytest.mark.parametrize(("size", "channels"), [(15, 1), (257, 3), (28, 4)])
def test_unsupported_sizes_and_channels_are_refused(size, channels):
    with pytest.raises(UsageError, match="the domain network takes"):
        DomainNetwork(channels, 2, size)


def test_it_learns_the_classes(cached, make_bars):
    network = cached()
    images, labels = make_bars(90, 3, seed=9)
    assert network.name == "domain-labels"
    assert network.report.held_out_accuracy == 1
    assert (read_features(network, images)[1].argmax(1) == labels).double().mean() > 0.95
    assert not network.training


def test_a_single_class_learns_rotations(cached):
    network = cached(num_classes=1, names=("a",))
    assert network.name == "domain-rotations"
    assert not network.logits_mean_classes
    assert network.head.out_features == 4
    assert network.report.held_out_accuracy > 0.9
    # 60 steps of 150 images in five batches; half of the epochs of classes, 20 here, would be less.
    assert network.report.epochs == 12


@pytest.fixture
def brief(monkeypatch):
    """Two epochs, for tests of what is cached rather than learned."""
    monkeypatch.setattr("ganaug.evaluation.features.few_images.MOST_EPOCHS", 2)


def test_networks_are_cached_by_their_inputs(brief, cached, make_bars, tmp_path, monkeypatch):
    first = cached()
    with monkeypatch.context() as patch:
        patch.setattr("ganaug.evaluation.features.domain.train_classifier", None)
        assert same(cached(), first)
        assert cached().report == first.report
        images, _ = make_bars(90, 3, seed=9)
        # To the last bit, or curves would depend on which process trained the network.
        assert torch.equal(read_features(cached(), images)[0], read_features(first, images)[0])
        for other in ({"purpose": "fit"}, {"fingerprint": "g"}, {"names": ("x", "y", "z")}):
            with pytest.raises(TypeError):
                cached(**other)
    assert not same(cached(purpose="fit"), first)
    assert cached(purpose="judge").head.in_features == 64
    assert len(list((tmp_path / "domain").iterdir())) == 3


def test_a_damaged_file_is_made_anew(brief, cached, tmp_path):
    first = cached()
    (file,) = (tmp_path / "domain").iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="is damaged and recomputed"):
        again = cached()
    assert same(again, first)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cached()


def test_a_cache_that_cannot_be_written_is_a_warning(cached, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="can't be cached in .*GANAUG_CACHE"):
        cached(cache_dir=tmp_path / "file")


def test_the_cache_folder_is_where_the_environment_says(make_bars, tmp_path, monkeypatch):
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "there"))
    images, labels = make_bars(40, 2)
    domain_features(images, labels, ("a", "b"), "f", purpose="fit", progress=False)
    assert len(list((tmp_path / "there" / "domain").glob("fit-*.pt"))) == 1


def test_training_in_a_fit_disturbs_nothing(make_bars):
    images, labels = make_bars(60, 3)
    before = torch.get_rng_state()
    with torch.inference_mode():
        one, _ = train_domain_network(images.clone(), labels.clone(), 3, seed=4, width=8)
        assert torch.is_inference_mode_enabled()
    assert torch.equal(before, torch.get_rng_state())
    torch.rand(3)
    other, _ = train_domain_network(images, labels, 3, seed=4, width=8)
    assert same(one, other)


def test_wrong_requests(cached):
    with pytest.raises(UsageError, match=r"at least 4 real images .* there are 3"):
        cached(count=3)
    with pytest.raises(ValueError, match="purpose is 'tune'"):
        cached(purpose="tune")


@pytest.mark.parametrize("count", [4, 5, 129, 130])
def test_any_number_of_images_trains(brief, make_bars, count):
    images, labels = make_bars(count, 2)
    network, _ = train_domain_network(images, labels, 2, seed=0, width=8)
    assert all(value.isfinite().all() for value in network.state_dict().values())


@pytest.fixture
def large(monkeypatch):
    """At most six epochs; 150 images count as many, and 14 of 15 are recognized at once."""
    training = "ganaug.evaluation.features.training"
    monkeypatch.setattr(f"{training}._MAX_EPOCHS", 6)
    monkeypatch.setattr(f"{training}._LARGE", 150)
    monkeypatch.setattr(f"{training}.FEW", 149)
    monkeypatch.setattr(f"{training}.held_out_loss", lambda *_: (0.2, 14 / 15))


# The 95% interval of 14 in 15 begins at 0.702.
@pytest.mark.parametrize(("good_enough", "epochs"), [(0.7, 3), (0.71, 6), (1.0, 6)])
def test_half_of_the_training_can_be_enough_for_a_large_set(make_bars, large, good_enough, epochs):
    images, labels = make_bars(150, 3)
    _, report = train_domain_network(images, labels, 3, seed=0, width=8, good_enough=good_enough)
    assert report == TrainingReport(0.9333, report.chance, epochs, 150)


def test_images_of_a_group_are_not_enough_by_themselves(make_bars, large):
    images, labels = make_bars(150, 3)
    groups = [f"{label} {i // 15}" for i, label in enumerate(labels.tolist())]
    given = {"seed": 0, "width": 8, "groups": groups, "good_enough": 0.7}
    _, report = train_domain_network(images, labels, 3, **given)
    # The interval of all of 3 groups begins at 0.438.
    assert (report.units, report.epochs) == (3, 6)


@pytest.mark.parametrize("kind", ["small", "of rotations", "of uneven classes"])
def test_another_set_gets_all_of_its_training(make_bars, large, kind):
    images, labels = make_bars(149 if kind == "small" else 150, 3)
    if kind == "of uneven classes":
        labels = (torch.arange(150) < 30).long()
    given = images, None if kind == "of rotations" else labels, 3
    whole, _ = train_domain_network(*given, seed=0, width=8)
    again, report = train_domain_network(*given, seed=0, width=8, good_enough=0.01)
    assert report.epochs == 6
    assert same(whole, again)


def test_a_change_of_a_purpose_trains_anew(cached, tmp_path, monkeypatch):
    cached(purpose="fit")
    changed = replace(PURPOSES["fit"], images_seen=270)
    monkeypatch.setitem(PURPOSES, "fit", changed)
    assert cached(purpose="fit").report.epochs == 12  # 60 steps, five an epoch
    assert len(list((tmp_path / "domain").iterdir())) == 2


def test_augmentation_shifts_by_an_eighth_and_mirrors_only_color():
    ramp = torch.arange(16, dtype=torch.uint8).expand(200, 1, 16, 16)
    gray = augment(ramp)
    assert {int(row[0, 8, 8]) for row in gray} == set(range(6, 11))
    assert (gray.diff(dim=3).int() <= 1).all()
    color = augment(ramp.expand(-1, 3, -1, -1)).int()
    mirrored = color[:, 0, 0, 0] > color[:, 0, 0, -1]
    assert 50 < mirrored.sum() < 150
