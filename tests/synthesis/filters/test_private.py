"""What gives training images away is left out, what has nothing to do with them stays."""

import pytest
import torch
from PIL import Image

from ganaug.cli import synthesize as command
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.synthesis.filters.private import SHARE, PrivateFilter
from ganaug.synthesis.filters.registry import parse_filter
from ganaug.synthesis.importing import import_dataset
from ganaug.synthesis.outcome import say_cost_of_privacy
from ganaug.synthesis.sources.base import Batch
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill
from helpers.image_folders import load as photos_of
from helpers.membership import Maps, attacker, changed, images, membership


def screen(found, seed, share=SHARE, *, mirrored=False):
    """Return the filter of an attacked model's training images, by 80 held-out images."""
    held_out, _ = images(seed, 80)
    known = MemorizationDetector(
        Maps(), train=found.images[0], held_out=held_out, mirrored=mirrored
    )
    return PrivateFilter(known, held_out, share)


def kept(filter_, made):
    return made[filter_.judge(Batch(0, range(len(made)), made)).passed["private"]]


def test_of_a_memorizers_set_what_is_left_gives_nothing_away():
    held = 0
    for seed in range(20):
        found, train = attacker(500 + seed)
        made = torch.cat([changed(train), images(9000 + seed, 100)[0]])
        assert membership(found, made).distance.auc >= 0.95
        left = kept(screen(found, 7000 + seed), made)
        assert 80 <= len(left) <= 100
        low, high = membership(found, left).distance.interval
        held += low <= 0.5 <= high
    assert held >= 18


def test_of_nothing_but_copies_none_is_left():
    found, train = attacker(1)
    assert not len(kept(screen(found, 70), changed(train)))
    mirrored = screen(found, 70, mirrored=True)
    assert not len(kept(mirrored, changed(train).flip(3)))
    assert len(kept(screen(found, 70), changed(train).flip(3))) > 20


def test_of_new_images_as_many_are_rejected_as_the_share_says():
    shares = {}
    for share in (0.05, 0.25, 0.5):
        left = [
            len(kept(screen(attacker(600 + seed)[0], 800 + seed, share), images(seed, 200)[0]))
            for seed in range(10)
        ]
        shares[share] = 1 - sum(left) / 2000
    assert shares == {share: pytest.approx(share, abs=0.12) for share in shares}


def test_a_held_out_image_is_not_its_own_neighbor():
    """Otherwise all of them would lie infinitely nearer to held-out images, and pass nothing."""
    found, _ = attacker(2)
    assert 0.3 < screen(found, 71).least < 1.2


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(UsageError, match=r"private=.*: use a share above 0 and below 1"):
        screen(attacker(3)[0], 72, share)
    assert parse_filter("private") == ("private", 0.05)


@pytest.fixture
def photos(tmp_path):
    for number, name in enumerate(("rose", "sunflower")):
        fill(tmp_path / "photos" / name, 130, first=1000 * number)
    return photos_of(tmp_path / "photos", image_size=16)


def copies_of(data, folder):
    """Write the training images, as a model would that knows nothing else."""
    pixels, labels = data.images("train")
    for number, (image, label) in enumerate(zip(pixels, labels.tolist(), strict=True)):
        place = folder / data.class_names[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(place / f"{number}.png")
    return folder


def test_a_set_of_copies_is_refused_with_its_reason_and_the_cost_is_said(
    photos, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("ganaug.synthesis.context.Context.map_network", Maps16())
    made = copies_of(photos, tmp_path / "made")
    real = tmp_path / "photos"
    with pytest.raises(UsageError, match=r"`private`: it rejected all \d+ images, .*has memorized"):
        import_dataset(made, tmp_path / "none", real, private=True, image_size=16)
    generator = torch.Generator().manual_seed(3)
    for number in range(40):
        noise = torch.randint(0, 256, (16, 16), generator=generator).byte().numpy()
        Image.fromarray(noise).save(made / "rose" / f"new{number}.png")
    dataset = import_dataset(made, tmp_path / "set", real, private=True, image_size=16)
    passed = dataset.manifest["passed"]
    tried = sum(each["tried"] for each in passed.values())
    left = sum(each["private"] for each in passed.values())
    assert 0 < left == len(dataset) <= 40 < tried
    assert dataset.manifest["filters"][0]["private"] == 0.05
    assert f"private: {tried - left} of {tried} images" in capsys.readouterr().out
    say_cost_of_privacy(dataset.manifest, dataset.folder)
    again = import_dataset(
        made, tmp_path / "set", real, private=True, filters=["private"], image_size=16
    )
    assert again.manifest == dataset.manifest


class Maps16(Maps):
    def __init__(self):
        super().__init__()
        self.matrix = torch.randn(256, 32, generator=torch.Generator().manual_seed(1)) / 16

    def maps(self, images):
        return images.mean(1).flatten(1) @ self.matrix


def test_the_command_takes_it(tmp_path):
    words = ["--sources", "x", "--out", str(tmp_path / "y"), "--max-attempts", "3", "--private"]
    assert command.COMMAND.parse(words)["private"] is True
