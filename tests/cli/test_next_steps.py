"""The command that a fit of a translator suggests next."""

import pytest

from ganaug.cli.fit_summary import next_step
from ganaug.models.cyclegan import CycleGAN
from ganaug.models.dagan import DAGAN

EVEN, UNEVEN = (
    {"class_counts": counts, "class_path": "datamodules.mnist.MNISTDataModule"}
    for counts in ({"rose": 40, "tulip": 40}, {"rose": 40, "tulip": 400})
)


@pytest.mark.parametrize(
    ("model", "card", "does", "options"),
    [
        (DAGAN, EVEN, "make other images of each class", ""),
        (DAGAN, UNEVEN, "make other images of each class", ""),
        (CycleGAN, EVEN, "turn images of each class into the other", " --per-class 40"),
        (CycleGAN, UNEVEN, "fill up the smaller class", " --sampling-strategy auto"),
    ],
)
def test_what_a_translator_is_for(model, card, does, options):
    said = next_step(model(), card, "a.ckpt")
    command = f"python tools/synthesize.py --out expanded{options} --ckpt a.ckpt"
    assert said == f"next: {does} with\n  {command}"


def test_a_model_of_a_plugin_is_found_again():
    class Own(DAGAN):
        pass

    Own.__module__ = "mine.own"
    assert next_step(Own(), EVEN, "a.ckpt").endswith(" --ckpt a.ckpt --plugins mine.own")
    data = EVEN | {"class_path": "mine.archive.ArchiveDataModule"}
    assert next_step(Own(), data, "a.ckpt").endswith(" --plugins mine.own,mine.archive")
    assert next_step(DAGAN(), data, "a.ckpt").endswith(" --plugins mine.archive")
