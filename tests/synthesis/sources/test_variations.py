"""Variations of real images: how far they move, of whom they are made, and what is refused."""

import pytest
import torch

from ganaug.models.cyclegan import CycleGAN
from ganaug.models.vae import VAE
from ganaug.synthesis import GeneratorSource, RealImages, VariationSource, expand
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.inversion import TOGETHER, invert
from ganaug.synthesis.outcome import warn_of_poor_variations
from ganaug.synthesis.planning import refuse_unread
from ganaug.synthesis.sources.base import check_wanted
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_uint8
from helpers.drawer import Drawer
from helpers.expanded import contents, rows

NAMES = ("a", "b", "c")
LABELS = torch.tensor([0] * 20 + [1] * 3)
FEW = {"steps": 3}


def true_latents():
    return torch.randn(len(LABELS), 6, generator=torch.Generator().manual_seed(7))


@pytest.fixture
def real():
    images = to_uint8(Drawer().sample(true_latents(), LABELS).detach())
    return RealImages(images, LABELS, [f"{i}.png" for i in range(len(LABELS))])


def numbers(batch):
    return [int(source.removesuffix(".png")) for source in batch.sources]


def test_at_strength_0_real_images_come_back_each_once_and_named(real):
    source = VariationSource(Drawer(), NAMES, real, strength=0)
    batch = source.make(0, 0)
    assert sorted(numbers(batch)) == list(range(20))
    wrong = (batch.images.int() - real.images[numbers(batch)].int()).abs()
    assert wrong.float().mean() < 3
    assert max(batch.errors) < 0.1
    assert batch.seeds == ()
    check_wanted(source, {"a": 20, "b": 3})
    with pytest.raises(UsageError, match="makes one from each of 3 real images: plan at most 3"):
        check_wanted(source, {"b": 4})


def test_at_strength_1_they_are_the_samples_of_the_generator(real):
    varied = VariationSource(Drawer(), NAMES, real, strength=1, truncation=1.0, seed=4, **FEW)
    drawn = GeneratorSource(Drawer(), NAMES, truncation=1.0, seed=4).make(1, 2)
    batch = varied.make(1, 2)
    assert batch.seeds == drawn.seeds
    assert (batch.images.int() - drawn.images.int()).abs().max() <= 1


@pytest.mark.parametrize("strength", [0.2, 0.7])
def test_a_latent_goes_that_part_of_the_angle_to_a_fresh_one(real, strength):
    def latents(part):
        model = Drawer()
        VariationSource(model, NAMES, real, strength=part).make(0, 0)
        return model.asked[-1][0]

    # The reconstruction's order of sources is that of the others: 20 images, then the first again.
    start, end = latents(0), latents(1)
    moved = latents(strength)
    whole = torch.cosine_similarity(start, end).acos()
    torch.testing.assert_close(
        torch.cosine_similarity(start, moved).acos(), strength * whole, atol=2e-3, rtol=0
    )
    torch.testing.assert_close(
        moved.norm(dim=1), (1 - strength) * start.norm(dim=1) + strength * end.norm(dim=1)
    )


def test_small_strengths_stay_closer_to_the_source(real):
    differences = []
    for strength in (0.1, 0.3, 0.6):
        batch = VariationSource(Drawer(), NAMES, real, strength=strength).make(0, 0)
        sources = real.images[numbers(batch)].float()
        differences.append((batch.images.float() - sources).square().mean().item())
    assert differences == sorted(differences)
    assert differences[0] < differences[2] / 5


def test_an_image_depends_on_seed_class_and_index_alone(real):
    one, other = (VariationSource(Drawer(), NAMES, real, seed=seed, **FEW) for seed in (1, 2))
    with torch.inference_mode():  # as Lightning predicts
        later = one.make(0, 1)
    again = VariationSource(Drawer(), NAMES, real, seed=1, **FEW)
    again.make(1, 0)
    assert torch.equal(again.make(0, 1).images, later.images)
    assert again.make(0, 1).seeds == later.seeds
    assert not torch.equal(one.make(0, 0).images, later.images)
    assert not torch.equal(other.make(0, 1).images, later.images)
    assert one.facts != other.facts


def test_kept_inversions_and_new_ones_give_the_same_images(real, tmp_path, monkeypatch):
    made = VariationSource(Drawer(), NAMES, real, **FEW).make(0, 0)
    kept = VariationSource(Drawer(), NAMES, real, **FEW).make(0, 0)
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "other"))
    anew = VariationSource(Drawer(), NAMES, real, **FEW).make(0, 0)
    assert torch.equal(made.images, kept.images)
    assert torch.equal(made.images, anew.images)
    assert made.errors == kept.errors == anew.errors


@pytest.fixture
def inverted(monkeypatch):
    """How many images each call inverts."""
    counts = []

    def counting(sampler, images, label, **settings):
        counts.append(len(images))
        return invert(sampler, images, label, **settings)

    monkeypatch.setattr("ganaug.synthesis.inversion.invert", counting)
    return counts


def test_each_real_image_is_inverted_once_for_all_variations_strengths_and_sets(real, inverted):
    source = VariationSource(Drawer(), NAMES, real, **FEW)
    source.make(0, 0)
    source.make(0, 1)
    assert inverted == [TOGETHER, 20 - TOGETHER]
    VariationSource(Drawer(), NAMES, real, strength=0.9, **FEW).make(0, 0)
    assert len(inverted) == 2
    # Other steps, and another model, are other inversions.
    VariationSource(Drawer(), NAMES, real, steps=4).make(0, 0)
    VariationSource(Drawer(0), NAMES, real, **FEW).make(0, 0)
    assert len(inverted) == 6


def test_another_frozen_network_makes_other_inversions(real, inverted):
    for sha256, calls in (("a", 2), ("b", 4), ("a", 4)):
        model = Drawer()
        model.frozen_sha256 = sha256
        VariationSource(model, NAMES, real, **FEW).make(0, 0)
        assert len(inverted) == calls


def test_a_stopped_command_goes_on_where_it_was(real, tmp_path, inverted, monkeypatch):
    plan = {"variations": {"a": 70, "b": 2}}
    expand([VariationSource(Drawer(), NAMES, real, **FEW)], plan, tmp_path / "whole")
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "stopped"))

    def stopping(sampler, images, label, **settings):
        if len(images) < TOGETHER:
            raise RuntimeError("stopped")
        return invert(sampler, images, label, **settings)

    with monkeypatch.context() as patch:
        patch.setattr("ganaug.synthesis.inversion.invert", stopping)
        with pytest.raises(RuntimeError, match="stopped"):
            expand([VariationSource(Drawer(), NAMES, real, **FEW)], plan, tmp_path / "out")
    inverted.clear()
    expand([VariationSource(Drawer(), NAMES, real, **FEW)], plan, tmp_path / "out")
    assert inverted == [20 - TOGETHER, 3]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


class DarkFilter:
    facts = {"dark": True}  # noqa: RUF012 - it is not changed

    def judge(self, batch):
        return FilterResult({"dark": batch.images.float().mean(dim=(1, 2, 3)) < 127})


def test_filters_draw_on_and_invert_nothing_again(real, tmp_path, inverted):
    source, plan = VariationSource(Drawer(0), NAMES[:1], real, **FEW), {"variations": {"a": 100}}
    manifest = expand([source], plan, tmp_path / "out", filters=[DarkFilter()])
    assert manifest["counts"]["synthetic"] == {"a": 100}
    tried = manifest["passed"]["a"]["tried"]
    assert tried > 100
    assert manifest["passed"]["a"]["dark"] < tried
    assert inverted == [TOGETHER, 20 - TOGETHER]


@pytest.mark.parametrize("num_classes", [0, 3])
def test_the_model_is_told_the_class_if_it_takes_one(real, num_classes):
    model = Drawer(num_classes)
    VariationSource(model, NAMES, real, **FEW).make(1, 0)
    told = [None if labels is None else labels.unique().tolist() for _, labels in model.asked]
    assert all(each == ([1] if num_classes else None) for each in told)


def test_an_encoder_says_where_the_search_starts():
    torch.manual_seed(0)
    model = VAE(image_size=8, latent_dim=4, hidden=(8,), num_classes=2)
    images = torch.randint(0, 256, (3, 1, 8, 8), dtype=torch.uint8)
    labels = torch.ones(3, dtype=torch.int64)
    encoded = model.encode(images.float() / 127.5 - 1, labels)
    torch.testing.assert_close(invert(model, images, 1, steps=0).latents, encoded)
    searched = invert(model, images, 1, steps=100)
    assert (searched.errors < invert(model, images, 1, steps=0).errors).all()
    assert all(weight.grad is None for weight in model.parameters())


def test_errors_are_by_the_contrast_of_the_image():
    class Gray(Drawer):
        def sample(self, latents, labels=None):
            return 0 * latents.sum() + torch.zeros(len(latents), 1, 8, 8)

    images = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    images[:, :, :4] = 255
    images[1] //= 3
    # Black and white drawn as their mean gray; and 0 and 85, whose mean is 42.5, as 127.5.
    off = (((127.5 - 0) ** 2 + (127.5 - 85) ** 2) / 2) ** 0.5 / 42.5
    errors = invert(Gray(0), images, 0, steps=1).errors
    torch.testing.assert_close(errors, torch.tensor([1.0, off]))


def test_rows_name_maker_source_seed_and_error_and_poor_ones_are_said(real, tmp_path, capsys):
    noise = real.images.clone()
    noise[21] = torch.randint(0, 256, (1, 8, 8), dtype=torch.uint8)
    spoiled = RealImages(noise, real.labels, real.sources)
    source = VariationSource(Drawer(), NAMES, spoiled)
    manifest = expand([source], {"variations": {"a": 5, "b": 9}}, tmp_path / "out")
    assert manifest["counts"]["synthetic"] == {"a": 5, "b": 9}
    assert manifest["sources"]["variations"]["strength"] == 0.3
    found = rows(tmp_path / "out")
    assert {row["method"] for row in found} == {"variations"}
    assert {row["source"] for row in found if row["label"] == "b"} == {
        "20.png", "21.png", "22.png"
    }  # fmt: skip
    assert len({row["seed"] for row in found}) == 14
    poor = {row["source"] for row in found if float(row["inversion_error"]) > 0.7}
    assert poor == {"21.png"}
    assert (tmp_path / "out/images/b/variations_000008.png").is_file()
    warn_of_poor_variations(found)
    said = capsys.readouterr().err
    assert "can't reconstruct 1 of 8 real images well, such as 21.png (inversion_error" in said
    assert said.count("\n") == 1


def test_a_class_without_images_is_named(real, tmp_path):
    source = VariationSource(Drawer(), NAMES, real)
    with pytest.raises(UsageError, match="class 'c' has no real image, and the method 'variatio"):
        expand([source], {"variations": {"c": 1}}, tmp_path / "out")
    with pytest.raises(UsageError, match="class 'c' has no real image"):
        VariationSource.check(Drawer(), {"a": 1, "c": 1}, {"a": 20, "c": 0})
    VariationSource.check(Drawer(), {"a": 1, "c": 0}, {"a": 20, "c": 0})
    assert not (tmp_path / "out").exists()


def test_a_model_without_latents_says_what_to_use():
    translator = CycleGAN(image_size=16, channels=1, width=4, blocks=1)
    with pytest.raises(UsageError, match="CycleGAN draws from images: use the method 'model', or"):
        VariationSource.check(translator, {"a": 1}, {"a": 20})


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_a_strength_out_of_range_is_refused_before_anything_is_read(real, strength):
    message = r"strength is .*; use a number from 0 .* to 1"
    with pytest.raises(UsageError, match=message):
        VariationSource(Drawer(), NAMES, real, strength=strength)
    with pytest.raises(UsageError, match=message):
        refuse_unread({"variations": {"a": 3}}, "light", None, strength=strength)


def test_wrong_settings(real):
    with pytest.raises(UsageError, match="inversion_steps is -1; use 0 or more"):
        VariationSource(Drawer(), NAMES, real, steps=-1)
    with pytest.raises(UsageError, match="knows 2 classes"):
        VariationSource(Drawer(2), NAMES, real)
    with pytest.raises(UsageError, match="this model is unconditional, fitted on 3 classes"):
        VariationSource(Drawer(0), NAMES, real, strength=1)
    with pytest.raises(UsageError, match="truncation is for drawn latents, and strength 0"):
        VariationSource(Drawer(), NAMES, real, strength=0, truncation=1.0)


def test_settings_that_nothing_reads():
    plan, other = {"variations": {"a": 3}}, {"generator": {"a": 3}}
    refuse_unread(plan, "light", 1.0, strength=0.5, inversion_steps=9)
    for name in ("strength", "inversion_steps"):
        with pytest.raises(UsageError, match=rf"{name} is read by the methods? variations .*alone"):
            refuse_unread(other, "light", None, **{name: 0})
    refuse_unread(plan | other, "light", 1.0, strength=0)
    with pytest.raises(UsageError, match="truncation is for drawn latents, and variations draws"):
        refuse_unread(plan, "light", 1.0, strength=0)


def test_a_long_search_says_once_how_long_it_takes(real, monkeypatch, capsys):
    seconds = iter(range(0, 1_000, 15))
    monkeypatch.setattr("ganaug.synthesis.inversion.time.monotonic", lambda: next(seconds))
    VariationSource(Drawer(), NAMES, real, **FEW).make(0, 0)
    assert not capsys.readouterr().out  # 45 seconds
    VariationSource(Drawer(), NAMES, real, steps=10).make(0, 0)
    said = "variations: each 16 real images take about 2.5 minutes to invert (10 steps); fewer"
    assert capsys.readouterr().out.count(said) == 1
