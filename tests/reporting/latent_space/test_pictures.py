"""Pictures, arithmetic and nearest neighbors."""

from unittest.mock import Mock

import numpy as np
import pytest
import torch
from PIL import Image

from ganaug.reporting.latent_space.arithmetic import Attribute, combine, likeliest
from ganaug.reporting.latent_space.explorations import arithmetic, walk
from ganaug.reporting.latent_space.neighbours import as_pixels, nearest_real
from ganaug.reporting.latent_space.session import COLUMNS, Session
from ganaug.reporting.pictures import strip
from ganaug.utils.errors import UsageError
from ganaug.utils.pictures import (
    MARGIN,
    Row,
    captioned,
    write_picture,
    write_video,
)


def test_images_in_a_row_keep_their_pixels(tmp_path):
    images = torch.full((3, 1, 28, 28), -1.0)
    images[1] = 1.0
    picture = captioned("three", [Row("dark, light, dark", images)])
    write_picture(picture, tmp_path / "deep" / "three.png")
    pixels = np.asarray(Image.open(tmp_path / "deep" / "three.png"))
    black = (pixels == 0).all(axis=2)
    # Two black squares of 56 pixels, 28 doubled; everything else is paper or lettering.
    assert black.sum() >= 2 * 56 * 56
    assert black[:, 10:66].sum() >= 56 * 56
    assert not black[:, 68:124].all(axis=1).any()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["three.png"]


def test_a_long_caption_is_not_cut_off():
    images = torch.zeros(1, 3, 8, 8)
    short = captioned("x", [Row("y", images)])
    long = captioned("x", [Row("y" * 200, images)])
    assert long.width > 3 * short.width


def test_a_video_plays_forwards_and_backwards(tmp_path):
    frames = [Image.new("RGB", (20, 10), (60 * step, 0, 0)) for step in range(4)]
    write_video(frames, tmp_path / "samples.webp", seconds=1)
    with Image.open(tmp_path / "samples.webp") as film:
        assert film.n_frames == 6


def test_frames_that_no_webp_can_hold_are_made_smaller(tmp_path):
    frames = [Image.new("RGB", (20_000, 8), (60 * step, 0, 0)) for step in range(2)]
    write_video(frames, tmp_path / "walk.webp", seconds=1)
    with Image.open(tmp_path / "walk.webp") as film:
        assert (film.n_frames, film.size[0]) == (2, 16_383)


def test_a_strip_that_no_webp_can_hold_is_made_smaller():
    assert strip(torch.zeros(150, 3, 112, 112, dtype=torch.uint8), "many").size[0] == 16_383


def test_many_walks_of_large_images_make_a_video(tmp_path):
    model = Mock(num_classes=0, latent_dim=2)
    model.parameters = lambda: iter([torch.zeros(1)])
    model.sample = lambda latents, labels: torch.zeros(len(latents), 1, 512, 512)
    session = Session(model, Mock(model="x.DCGAN"), tmp_path, tmp_path / "walk.png")
    _, video = walk(session, count=33, steps=1)
    with Image.open(video) as film:
        rows = -(-33 // COLUMNS)
        assert COLUMNS * 512 < film.width < (COLUMNS + 1) * 512
        assert rows * 512 < film.height < (rows + 1) * 512


def test_attributes_are_combined_by_their_means():
    terms = [Attribute(name, torch.randn(4, 5)) for name in "abc"]
    a, b, c = (term.latents.mean(dim=0) for term in terms)
    around = torch.stack([torch.zeros(5), torch.ones(5)])
    torch.testing.assert_close(combine(*terms, around), torch.stack([a - b + c, a - b + c + 1]))


@pytest.fixture
def session(tmp_path):
    model = Mock(num_classes=0, latent_dim=2)
    model.parameters = lambda: iter([torch.zeros(1)])
    model.sample = lambda latents, labels: latents.view(-1, 2, 1, 1)[:, :1].repeat(1, 1, 8, 8)
    return Session(model, Mock(model="x.DCGAN"), tmp_path, tmp_path / "sum.png")


def test_samples_are_numbers_in_a_list_or_in_text(session):
    pictures = []
    for a, b, c in (("0,1", "2", "3"), ([0, 1], (2,), np.array([3]))):
        (picture,) = arithmetic(session, a=a, b=b, c=c)
        pictures.append(picture.read_bytes())
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("wrong", ["x", 3, [], [-1], [0.5, "x"], "rose"])
def test_what_names_no_samples_is_refused_by_its_argument(session, wrong):
    with pytest.raises(UsageError, match=r"^`b` is .*; give numbers of samples, such as 3,17,40, "):
        next(arithmetic(session, a="0", b=wrong, c="1"))


def test_the_likeliest_are_chosen():
    latents = torch.arange(600.0).view(600, 1)
    chosen = likeliest(
        latents, 2, draw=lambda z: z * 2, probability=lambda images: -(images[:, 0] - 801).abs()
    )
    assert sorted(chosen.flatten().tolist()) == [400, 401]


def test_the_nearest_is_found():
    real = torch.stack([torch.full((1, 4, 4), value, dtype=torch.uint8) for value in (0, 100, 200)])
    samples = torch.stack([torch.full((1, 4, 4), value, dtype=torch.uint8) for value in (190, 40)])
    places, distances = nearest_real(samples, real, as_pixels)
    assert places.tolist() == [2, 0]
    torch.testing.assert_close(distances, torch.tensor([4 * 10 / 255, 4 * 40 / 255]))


def test_a_copy_has_no_distance_to_its_original():
    real = torch.randint(0, 256, (60, 1, 16, 16), dtype=torch.uint8)
    places, distances = nearest_real(real[20:50], real, as_pixels)
    assert places.tolist() == [*range(20, 50)]
    assert not distances.any()


def test_a_column_is_at_least_as_wide_as_its_name():
    images = torch.ones(3, 1, 28, 28)
    labels = ["best\nepoch 4", "last\nepoch 1,234,567,890", "x\ny"]
    picture = captioned("t", [Row("c", images, labels)])
    pixels = np.asarray(picture.convert("L"))
    below = pixels[-MARGIN - 34 :] < 128  # two lines of text
    ends = np.flatnonzero(below.any(axis=0))
    gaps = np.flatnonzero(np.diff(ends) > 15)
    # Three names that don't touch, though the second is wider than its image.
    assert len(gaps) == 2
    assert ends[gaps[1]] - ends[gaps[0] + 1] > 56
    assert ends[-1] < picture.width - MARGIN


def test_labels_stand_below_the_middle_of_their_images():
    images = torch.ones(3, 1, 28, 28)
    bare, labeled = (captioned("t", [Row("c", images, own)]) for own in ((), ("0", "17", "8.25")))
    assert labeled.height > bare.height
    pixels = np.asarray(labeled.convert("L"))[bare.height - MARGIN :]
    for number in range(3):
        left = MARGIN + number * (56 + 2)
        columns = np.flatnonzero((pixels[:, left : left + 56] < 128).any(axis=0))
        assert columns.mean() == pytest.approx(28, abs=3)
