"""A set from another program has the same results as the same images from `synthesize`."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from ganaug.evaluation import leaked
from ganaug.evaluation.evaluate import evaluate
from ganaug.evaluation.leaked import warn_of_test_images
from ganaug.evaluation.real_data import real_data
from ganaug.evaluation.utility.run import utility
from ganaug.models.gan import GAN
from ganaug.reporting.report import write_report
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.synthesize import synthesize
from ganaug.training.checkpoints import CARD_KEY
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load, write
from helpers.plain_checkpoints import SETTINGS

NAMES = {"rose": "ROSE", "sunflower": "Sun Flower"}


@pytest.fixture
def fit(tmp_path):
    """A model of 16 pixels, on photographs of other sizes."""
    for number, name in enumerate(NAMES):
        fill(tmp_path / "photos" / name, 80, first=1000 * number)
    data = load(tmp_path / "photos", image_size=16, validation=0.2, test=0.3, channels=1)
    settings = {**SETTINGS, "image_size": 16}
    content = {"state_dict": GAN(**settings).state_dict(), "hyper_parameters": settings}
    content[CARD_KEY] = {"model": "ganaug.models.gan.GAN", **data.card()}
    torch.save(content, tmp_path / "a.ckpt")
    return tmp_path / "a.ckpt"


def elsewhere(own, folder):
    """Write a set's images as another program might: wider, in color, of other names."""
    for name, other in NAMES.items():
        (folder / other).mkdir(parents=True)
        for number, file in enumerate(sorted((own / "images" / name).iterdir())):
            pixels = np.pad(np.asarray(Image.open(file)), ((0, 0), (5, 5)))
            suffix = ("png", "webp", "bmp")[number % 3]
            image = Image.fromarray(pixels).convert("RGB")
            image.save(folder / other / f"image {number}.{suffix}", lossless=True)
    return folder


def numbers(found, path=()):
    """Yield every number of a result by its place, but where files are, and their checks."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key != "checks":  # fewer checks are possible for foreign sets
                yield from numbers(value, (*path, key))
    elif isinstance(found, list):
        for key, value in enumerate(found):
            yield from numbers(value, (*path, key))
    elif isinstance(found, int | float):
        yield path, found


def test_results_are_those_of_the_same_images_of_a_set_of_ours(fit, tmp_path, monkeypatch):
    own = synthesize(fit, tmp_path / "own", per_class=30).folder
    made = elsewhere(own, tmp_path / "made")
    quick = {"quick": True, "features": "domain"}
    lookups = []
    find = leaked.find
    monkeypatch.setattr(
        leaked, "find", lambda *those: lookups.append(len(those[2])) or find(*those)
    )
    results = [evaluate(own, **quick).to_dict(), evaluate(made, fit, **quick).to_dict()]
    # In each: test images among training images, and the set among training and test images.
    assert lookups[3:] == lookups[:3]
    first, second = (dict(numbers(each)) for each in results)
    assert second == pytest.approx(first, abs=1e-6)
    assert len(first) > 50

    arms = {"arms": ["real", "real + synthetic x 1"], "seeds": 3, "steps": 20}
    studies = [
        utility(own, out=tmp_path / "study", **arms),
        utility(made, fit, out=tmp_path / "other", **arms),
    ]
    first, second = (dict(numbers(each.to_dict())) for each in studies)
    assert second == pytest.approx(first, abs=1e-6)
    assert studies[0].verdict == studies[1].verdict

    metrics = {"result": made / "metrics-quick.json", "study": tmp_path / "other"}
    write_report(tmp_path / "page.html", made, **metrics, data=fit)
    write_report(
        tmp_path / "own.html", own, own / "metrics-quick.json", tmp_path / "study"
    )  # fmt: skip
    pages = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("own", "page")]
    for part in ("metrics", "utility"):
        first, second = (dict(numbers(page[part])) for page in pages)
        assert second == pytest.approx(first, abs=1e-6)
    assert pages[1]["manifest"]["counts"] == pages[0]["manifest"]["counts"]
    page = (tmp_path / "page.html").read_text()
    assert "60 gray images of 16 by 16 pixels in 2 classes, made by another program" in page
    assert SyntheticDataset.open(made).manifest is None
    # Importing our own files keeps all names but those that need a manifest.
    answers = [{c["name"]: c["passed"] for c in each["checks"]} for each in results]
    free = {"free of training images": True, "free of test images": True}
    files = {"whole": True, "readable": True, "of one size": True, "named rightly": True}
    assert answers[0] == {**files, "marked": True, **free}
    assert answers[1]["of one size"]
    assert answers[1].items() >= free.items()
    assert "Is it sound?" in page


def test_real_images_of_a_folder_are_compared_at_the_smaller_size(tmp_path, capsys):
    for file in fill(tmp_path / "photos/a", 30):
        Image.open(file).resize((40, 30)).save(file)
    for side in (9, 20, 50):
        Image.new("L", (side, side), 90).save(write(tmp_path / f"made{side}/a/1.png", 1))
    for side, expected in ((9, 16), (20, 20), (50, 30)):
        data = real_data(SyntheticDataset.open(tmp_path / f"made{side}"), tmp_path / "photos")
        assert (data.image_size, data.channels) == (expected, 3)
        assert f"compared at {expected} px; real images have 30 px and" in (capsys.readouterr().out)
    made = SyntheticDataset.open(tmp_path / "made9")
    assert real_data(made, tmp_path / "photos", image_size=18).image_size == 18
    assert real_data(made, "mnist").image_size == 28


def test_a_size_that_is_known_is_not_given(fit, tmp_path):
    made = SyntheticDataset.open(fill(tmp_path / "made/rose", 2)[0].parent.parent)
    for settings in ({"data": fit}, {"data": load(tmp_path / "photos")}, {}):
        with pytest.raises(UsageError, match="image_size is 9, and the size of the images is"):
            real_data(made, **settings, image_size=9)
    with pytest.raises(UsageError, match=r"data_root x and `data` photos both say where"):
        real_data(made, "photos", "x")
    with pytest.raises(UsageError, match=r"no manifest\.json .* or name the real images by `data`"):
        write_report(tmp_path / "page.html", made)


def test_test_images_among_them_are_named_also_resized_and_re_encoded(tmp_path, capsys):
    photos = fill(tmp_path / "photos/a", 40)
    for file in photos:
        # As smooth as photographs are.
        noise = np.random.default_rng(int(file.stem)).integers(0, 255, (5, 5, 3), np.uint8)
        Image.fromarray(noise).resize((96, 96), Image.Resampling.BICUBIC).save(file)
    data = load(tmp_path / "photos", image_size=32, test=0.3)
    test = [*map(Image.open, data.paths("test"))]
    (tmp_path / "made/a").mkdir(parents=True)
    test[0].save(tmp_path / "made/a/same.png")
    test[1].resize((70, 70)).save(tmp_path / "made/a/small.jpg", quality=70)
    Image.open(data.paths("train")[0]).save(tmp_path / "made/a/train.png")
    made = SyntheticDataset.open(tmp_path / "made").like(data)
    assert warn_of_test_images(made.images, made.files, data) == 2
    said = capsys.readouterr().err
    names = data.names("test")
    assert f"synthetic images are real test images (1: a/same.png is {names[0]})" in said
    assert f"copies of real test images (1: a/small.jpg is {names[1]})" in said
    assert "train.png" not in said
