"""Sets of variations as a user makes them: by a call, by two methods, and what is refused."""

import pytest
import torch

from ganaug.cli import synthesize as command
from ganaug.cli.tool import run_tool
from ganaug.models.gan import GAN
from ganaug.synthesis.synthesize import synthesize
from ganaug.training.checkpoints import CARD_KEY
from helpers.expanded import contents
from helpers.image_folders import fill, load
from helpers.plain_checkpoints import SETTINGS


@pytest.fixture
def model(tmp_path):
    """An unfitted model of two classes, of 24 and 8 training images."""
    fill(tmp_path / "flowers/rose", 30)
    fill(tmp_path / "flowers/tulip", 10, first=100)
    data = load(tmp_path / "flowers", validation=0.1, test=0.1)
    settings = {**SETTINGS, "channels": 3}
    card = {**data.card(), "model": "ganaug.models.gan.GAN"}
    torch.manual_seed(0)
    weights = GAN(**settings).state_dict()
    content = {"state_dict": weights, "hyper_parameters": settings, CARD_KEY: card}
    torch.save(content, tmp_path / "a.ckpt")
    return tmp_path / "a.ckpt"


VARIED = {"method": "variations", "inversion_steps": 2, "accelerator": "cpu"}


def test_each_row_names_its_real_image_and_how_badly_it_was_inverted(model, tmp_path, capsys):
    dataset = synthesize(model, tmp_path / "set", per_class=10, **VARIED)
    assert dataset.counts == {"rose": 10, "tulip": 10}
    assert dataset.manifest["plan"] == {"variations": {"rose": 10, "tulip": 10}}
    facts = dataset.manifest["sources"]["variations"]
    assert (facts["strength"], facts["inversion_steps"]) == (0.3, 2)
    for row in dataset.metadata:
        assert (tmp_path / "flowers" / row["source"]).is_file()
        assert row["source"].startswith(row["label"])
        assert float(row["inversion_error"]) > 0
        assert list(row)[-2:] == ["sha256", "inversion_error"]
    assert dataset.verify().sound
    # A model that was not fitted draws none of them.
    assert (
        "warning: the model can't reconstruct 18 of 18 real images well" in capsys.readouterr().err
    )
    more = synthesize(model, tmp_path / "more", per_class=70, layout="webdataset", **VARIED)
    assert torch.equal(more.images[:10], dataset.images[:10])
    again = synthesize(model, tmp_path / "again", per_class=10, **VARIED)
    assert contents(again.folder) == contents(dataset.folder)


def test_a_plan_gives_some_classes_to_variations(model, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("rose: {generator: 3}\ntulip: {generator: 2, variations: 8}\n")
    # At strength 0 variations read no truncation; the generator does.
    settings = {**VARIED, "method": "model", "strength": 0.0, "truncation": 2.0}
    dataset = synthesize(model, tmp_path / "set", plan_file=plan, **settings)
    assert dataset.counts == {"rose": 3, "tulip": 10}
    sources = [row["source"] for row in dataset.metadata if row["method"] == "variations"]
    assert len(set(sources)) == 8


REFUSED = [
    (["--method", "variations", "--strength", "1.5"], "--strength is 1.5; use a number from 0"),
    (["--method", "variations", "--inversion-steps", "-3"], "--inversion-steps is -3; use 0 or"),
    (["--strength", "0.5"], "--strength is read by the methods variations and diffusers alone"),
    (["--method", "variations", "--data-root", "gone"], "gone"),
    (
        ["--method", "variations", "--strength", "0", "--per-class", "20"],
        "20 images of class 'tulip' are planned, and the method 'variations' makes one from each "
        "of 8 real images: plan at most 8",
    ),
]


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_is_refused_is_a_line(model, tmp_path, capsys, words, message):
    own = ["--ckpt", str(model), "--out", "out", "--trainer.accelerator", "cpu"]
    with pytest.raises(SystemExit) as ended:
        run_tool(lambda: command.main([*own, *words]))
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert message in said
    assert not (tmp_path / "out").exists()
