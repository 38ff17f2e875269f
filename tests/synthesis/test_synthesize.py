"""synthesize: what is refused before anything is read or made, and what is returned."""

import hashlib
import warnings

import pytest
import torch
from torch import nn

from ganaug.models.vae import VAE
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.plan import Plan
from ganaug.synthesis.planning import refuse_unable, refuse_unread, usual_fraction
from ganaug.synthesis.synthesize import synthesize
from ganaug.training.checkpoints import load
from ganaug.utils.errors import UsageError
from helpers.expanded import contents
from helpers.plain_checkpoints import plain_checkpoint

COUNTS = {"a": 5, "b": 1}


@pytest.fixture
def vae():
    torch.manual_seed(0)
    return VAE(image_size=8, latent_dim=4, hidden=(8,), num_classes=2)


def test_a_vae_goes_between_images_where_there_are_two(vae):
    refuse_unable(vae, "generator", {"generator": COUNTS, "smote": {"a": 3, "b": 0}}, COUNTS)
    with pytest.raises(UsageError, match="class 'b' has a single real image, and the method"):
        refuse_unable(vae, "generator", {"smote": {"a": 3, "b": 1}}, COUNTS)


def test_a_model_without_an_encoder_says_what_to_fit():
    with pytest.raises(UsageError, match=r"Linear has no encoder: fit a vae"):
        refuse_unable(nn.Linear(1, 1), "generator", {"smote": {"a": 3}}, COUNTS)


def test_a_method_that_there_is_not(vae):
    with pytest.raises(
        UsageError, match="'smite' is not one of generator, albumentations, diffusers"
    ):
        refuse_unable(vae, "generator", {"smite": {"a": 3}}, COUNTS)
    with pytest.raises(UsageError, match="the plan names the method 'real'; add real images by"):
        refuse_unable(vae, "generator", {"real": {"a": 3}}, COUNTS)


def test_truncation_needs_a_method_that_draws_latents():
    refuse_unread({"generator": {"a": 3}, "smote": {"a": 3}}, "light", 1.0)
    with pytest.raises(UsageError, match="truncation is for drawn latents, and smote draws none"):
        refuse_unread({"smote": {"a": 3}}, "light", 1.0)


@pytest.fixture
def model(tmp_path):
    torch.save(plain_checkpoint(), tmp_path / "a.ckpt")
    return tmp_path / "a.ckpt"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_attempts": 3}, "max_attempts is for images that `filters` reject"),
        ({"per_class": 3, "multiply": 2.0}, "`per_class` is not allowed with `multiply`"),
        (
            {"sampling_strategy": "all", "plan_file": "x"},
            "`plan_file` is not allowed with",
        ),
        ({"sources": "x", "data_root": "y"}, "`sources` and data_root both say where"),
        ({"out": None}, "out is missing"),
        ({"augmentation": "strong"}, "augmentation is read by the method albumentations alone"),
        ({"work": "w"}, "work is only for an `out` that is an address"),
        ({"out": "memory://x"}, "is an address: add `work`"),
    ],
)
def test_settings_that_exclude_each_other(model, tmp_path, settings, message):
    usual = {"out": tmp_path / "out", "accelerator": "cpu"}
    if "sampling_strategy" not in settings and "per_class" not in settings:
        usual["per_class"] = 3
    with pytest.raises(UsageError, match=message):
        synthesize(model, **{**usual, **settings})
    assert not (tmp_path / "out").exists()


def test_a_set_is_returned_and_the_same_call_makes_the_same_files(model, tmp_path):
    seen = []
    first = synthesize(model, tmp_path / "one", per_class=3, accelerator="cpu", on_plan=seen.append)
    again = synthesize(load(model), str(tmp_path / "two"), per_class=3, accelerator="cpu")
    assert isinstance(first, SyntheticDataset)
    assert seen[0].total == len(first) == 6
    assert contents(first.folder) == contents(again.folder)
    assert first.card.class_names == first.class_names
    # An image is a function of checkpoint, seed, class and index: more of them change none.
    more = synthesize(
        model, tmp_path / "more", per_class=70, accelerator="cpu", layout="webdataset"
    )
    assert torch.equal(more.images[:3], first.images[:3])
    hashes = [
        hashlib.sha256((first.images_folder / f).read_bytes()).hexdigest() for f in first.files
    ]
    assert [row["sha256"] for row in first.metadata] == hashes


def test_a_set_among_the_images_of_another_is_refused(model, tmp_path):
    synthesize(model, tmp_path / "a", per_class=1)
    with pytest.raises(UsageError, match=r"lies among the images of the set .*a, and would become"):
        synthesize(model, tmp_path / "a/images/new", per_class=1)
    assert SyntheticDataset.open(tmp_path / "a").verify().sound


def test_a_dry_run_returns_the_plan(model, tmp_path):
    filters = [*warnings.filters]
    plan = synthesize(model, multiply=2.0, dry_run=True)
    assert [*warnings.filters] == filters
    assert isinstance(plan, Plan)
    assert list(plan.images) == ["generator"]
    assert plan.images["generator"] == plan.real
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]


def test_by_default_every_class_gets_as_many_synthetic_as_real_images(model):
    plan = synthesize(model, dry_run=True)
    real = load(model).card.class_counts
    assert len(set(real.values())) > 1
    assert plan.images == {"generator": real}


def test_a_word_of_imbalanced_learn_still_fills_up(model):
    plan = synthesize(model, dry_run=True, sampling_strategy="auto")
    real = load(model).card.class_counts
    assert plan.images["generator"] == {k: max(real.values()) - n for k, n in real.items()}


@pytest.mark.parametrize(
    ("strategy", "message"), [(0.0, r"the ratio is 0\.0; use a number"), ({}, "nothing to make")]
)
def test_an_empty_strategy_does_not_mean_auto(model, strategy, message):
    with pytest.raises(UsageError, match=message):
        synthesize(model, dry_run=True, sampling_strategy=strategy)


def test_a_translator_gets_the_largest_equal_fraction_that_it_can_make():
    from ganaug.models.cyclegan import CycleGAN

    translator = CycleGAN(image_size=16, channels=1, width=4, blocks=1)
    assert usual_fraction(translator, {"a": 30, "b": 100}) == pytest.approx(0.3 / 1.3)
    assert usual_fraction(translator, {"a": 30, "b": 30}) == 0.5
    assert usual_fraction(nn.Linear(1, 1), {"a": 30, "b": 100}) == 0.5


def test_license_and_origin_stand_in_card_and_manifest(model, tmp_path):
    texts = {"license": "CC-BY-4.0", "source_note": "Scans of our clinic"}
    dataset = synthesize(model, tmp_path / "set", per_class=1, **texts)
    assert texts.items() <= dataset.manifest.items()
    card = (tmp_path / "set/README.md").read_text()
    assert card.startswith('---\ntask_categories: [image-classification]\nlicense: "cc-by-4.0"\n')
    assert "- license: CC-BY-4.0\n- real images: Scans of our clinic\n" in card
    with pytest.raises(UsageError, match="license is empty"):
        synthesize(model, tmp_path / "other", per_class=1, license=" ")


def test_an_address_gets_the_files_once_and_in_one_layout(model, tmp_path, capsys):
    pytest.importorskip("fsspec")
    own = {"out": "memory://once/set", "work": tmp_path / "work", "per_class": 1}
    synthesize(model, **own)
    assert "6 files copied to memory://once/set" in capsys.readouterr().out
    synthesize(model, **own)
    assert "memory://once/set holds the set already" in capsys.readouterr().out
    with pytest.raises(UsageError, match="holds a set in folders; give `layout` folder, or"):
        synthesize(model, **own, layout="webdataset")
    assert (tmp_path / "work/images").is_dir()
