"""A sample of the fuzz studies, and that the damage they do is varied and repeats by its seed."""

from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks import hostile_images, hostile_settings
from benchmarks.fuzz import CONFIG, PLAN, outcome
from datamodules.errors import UnreadableImageError
from datamodules.image_folder import ImageFolderDataModule
from datamodules.reading.images.image import decode_image
from ganaug.cli.fit_arguments import expand
from ganaug.synthesis import read_plan
from ganaug.utils.errors import UsageError


@pytest.fixture(scope="module")
def whole():
    return hostile_images.whole_images()


def test_every_sound_file_is_read(whole):
    for name, content in whole.items():
        for channels in (1, 3):
            shape = decode_image(content, name, channels).shape
            assert shape == (hostile_images.SIDE, hostile_images.SIDE, channels), name


def test_damage_repeats_by_its_seed_and_is_of_every_kind(whole):
    files = [hostile_images.damaged(0, number, whole) for number in range(100)]
    assert files == [hostile_images.damaged(0, number, whole) for number in range(100)]
    assert files != [hostile_images.damaged(1, number, whole) for number in range(100)]
    assert len({content for _, content in files}) > 90
    assert {name.rpartition(".")[2] for name, _ in files} >= {"png", "jpg", "webp", "tif", "gif"}


@pytest.mark.filterwarnings("ignore")  # Pillow's words on damaged files
def test_each_damaged_file_of_a_folder_is_read_or_named(whole, tmp_path):
    (tmp_path / "photos" / "class").mkdir(parents=True)
    for number in range(250):
        name, content = hostile_images.damaged(7, number, whole)
        (tmp_path / "photos" / "class" / name).write_bytes(content)
    data = ImageFolderDataModule(root=str(tmp_path / "photos"), image_size=8, max_pixels=10**6)
    used = [path for split in ("train", "validation", "test") for path in data.paths(split)]
    assert len(used) > 20
    assert len(data.unreadable) > 100
    assert {Path(path).name for path in [*used, *data.unreadable]} == {
        path.name for path in (tmp_path / "photos" / "class").iterdir()
    }
    assert all(reason.strip() for reason in data.unreadable.values())


@pytest.mark.filterwarnings("ignore")
def test_nothing_but_a_word_comes_of_whatever_the_reader_raises(whole):
    for number in range(250):
        name, content = hostile_images.damaged(8, number, whole)
        with suppress(UnreadableImageError):
            decode_image(content, name, 3, max_pixels=10**6)


def test_damaged_plans_are_accepted_or_refused(tmp_path):
    file = tmp_path / "plan.yaml"
    said = set()
    for number in range(120):
        file.write_text(hostile_settings.damaged(0, number, [PLAN]), encoding="utf-8")
        said.add(outcome(lambda: read_plan(file, {"rose": 5, "tulip": 7}, "generator")))
    assert said == {"accepted", "refused"}
    assert not Path(hostile_settings.MARK).exists()


@pytest.mark.filterwarnings("ignore")
def test_damaged_configurations_are_accepted_or_refused(tmp_path):
    from ganaug.training.builder import FitCLI

    file = tmp_path / "config.yaml"
    said = set()
    for number in range(25):
        file.write_text(hostile_settings.damaged(0, number, [CONFIG]), encoding="utf-8")
        said.add(outcome(lambda: FitCLI(expand(["--config", str(file)]))))
    assert said == {"accepted", "refused"}
    assert not Path(hostile_settings.MARK).exists()


def test_an_outcome_tells_refusals_from_faults():
    def refuse():
        raise UsageError("no")

    assert outcome(refuse) == "refused"
    assert outcome(lambda: {}["x"]) == "with a traceback"
    assert outcome(dict) == "accepted"
