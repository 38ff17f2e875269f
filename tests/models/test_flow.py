"""Flow: what it learns, what guidance does, and settings that it refuses."""

import pytest
import torch

from ganaug.models.flow import Flow
from ganaug.utils.errors import UsageError


def model(**settings):
    torch.manual_seed(0)
    return Flow(**{"image_size": 8, "width": 8, "blocks": 1, "sampling_steps": 8, **settings})


def bright_and_dark(count):
    """Return images of two classes, one bright and one dark, each with some noise."""
    labels = torch.arange(count) % 2
    images = (labels * 1.2 - 0.6)[:, None, None, None] + 0.1 * torch.randn(count, 1, 8, 8)
    return images, labels


def fitted(**settings):
    learner = model(num_classes=2, **settings)
    optimizer = torch.optim.Adam(learner.network.parameters(), lr=3e-3)
    for _ in range(150):
        images, labels = bright_and_dark(32)
        optimizer.zero_grad()
        learner.loss(images, learner._drop_labels(labels)).backward()
        optimizer.step()
    learner.averaged.network.load_state_dict(learner.network.state_dict())
    return learner


@pytest.fixture(scope="module")
def learned():
    return fitted()


def drawn(learner, label, guidance):
    learner.guidance = guidance
    latents = torch.randn(100, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return learner.sample(latents, torch.full((100,), label))


def test_samples_are_of_the_class_asked_for(learned):
    for label, brightness in enumerate((-0.6, 0.6)):
        means = drawn(learned, label, 1.0).mean(dim=(1, 2, 3))
        assert means.mean().item() == pytest.approx(brightness, abs=0.15)


def test_without_guidance_towards_a_class_it_draws_any(learned):
    """Guidance 0 goes by what all classes have in common."""
    dark, bright = (drawn(learned, label, 0.0) for label in (0, 1))
    torch.testing.assert_close(dark, bright)
    assert drawn(learned, 0, 1.0).mean() < dark.mean() < drawn(learned, 1, 1.0).mean()


class Known(torch.nn.Module):
    """Guesses 0.2 for class 1, and 0.1 where no class is told."""

    def forward(self, points, times, labels):
        return torch.full_like(points, 0.1) * (1 + labels.clamp(min=0))[:, None, None, None]


@pytest.mark.parametrize(("guidance", "value"), [(0, 0.1), (1, 0.2), (1.5, 0.25), (3, 0.4)])
def test_guidance_goes_on_from_any_class_to_the_one_asked_for(guidance, value):
    learner = model(num_classes=2, guidance=guidance)
    learner.averaged = Known()
    samples = learner.sample(torch.zeros(1, 64), torch.tensor([1]))
    torch.testing.assert_close(samples, torch.full((1, 1, 8, 8), value))


def test_a_share_of_the_labels_is_dropped():
    torch.manual_seed(0)
    labels = model(num_classes=3, class_dropout=0.25)._drop_labels(torch.full((4000,), 2))
    assert {*labels.tolist()} == {-1, 2}
    assert (labels == -1).float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_a_model_without_classes_draws_without_labels():
    samples = model().sample(torch.randn(2, 64))
    assert samples.shape == (2, 1, 8, 8)
    assert samples.abs().max() <= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"guidance": -1}, "^guidance is -1; it must be 0 or more"),
        ({"class_dropout": 0}, "guidance is 1.5 and class_dropout is 0; .* guidance must be 1"),
        ({"class_dropout": 1}, r"class_dropout is 1; it must be at least 0 and below 1"),
        ({"sampling_steps": 0}, r"sampling_steps is 0; it must be above 0"),
        ({"accumulate": 0}, r"accumulate is 0; it must be above 0"),
        ({"lr": 0}, r"lr is 0; it must be above 0"),
        ({"image_size": 30}, r"image_size 30 is not"),
    ],
)
def test_settings_out_of_their_range_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        model(**settings)


def test_a_model_that_drops_no_class_goes_without_guidance():
    assert model(class_dropout=0, guidance=1).guidance == 1


def test_labels_must_fit_the_model():
    with pytest.raises(UsageError, match="no labels given to a model of 3 classes"):
        model(num_classes=3).sample(torch.zeros(2, 64))
