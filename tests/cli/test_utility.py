"""What `utility` names as the next command."""

from ganaug.cli.utility import _real
from helpers.image_folders import fill


def test_the_report_on_a_set_of_another_program_needs_its_real_images(tmp_path):
    for name in ("rose", "tulip"):
        fill(tmp_path / "made" / name, 2)
    settings = {"dataset": str(tmp_path / "made"), "data": "photos", "image_size": 32}
    assert _real(settings) == ["--real", "photos", "--image-size", "32"]
    assert _real({**settings, "image_size": None}) == ["--real", "photos"]
    assert _real({**settings, "data": None}) == []
