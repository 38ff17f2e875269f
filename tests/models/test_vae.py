"""The variational autoencoder's bound, and what it draws."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.models.vae import VAE
from ganaug.utils.errors import UsageError


def model(**settings):
    return VAE(**{"image_size": 8, "latent_dim": 4, "hidden": [16], **settings})


def test_the_bound_is_the_sum_of_its_terms():
    terms = model().bound(torch.rand(6, 1, 8, 8) * 2 - 1, torch.zeros(6, dtype=torch.long))
    assert terms["negative_elbo"].item() == pytest.approx(
        (terms["reconstruction"] + terms["kl"]).item()
    )
    assert terms["kl"] >= 0


def test_the_bound_falls_when_it_is_minimized():
    torch.manual_seed(0)
    fitted, images = model(), torch.rand(64, 1, 8, 8).round() * 2 - 1
    images[:32, :, :4], images[32:, :, 4:] = -1, -1  # two kinds: worth a bit of the latents
    labels = torch.zeros(64, dtype=torch.long)
    optimizer = torch.optim.Adam(fitted.parameters(), lr=1e-2)
    before = fitted.bound(images, labels)["negative_elbo"].item()
    for _ in range(60):
        optimizer.zero_grad()
        fitted.bound(images, labels)["negative_elbo"].backward()
        optimizer.step()
    after = fitted.bound(images, labels)
    assert after["negative_elbo"].item() < 0.8 * before
    assert after["kl"].item() > 0.1


@pytest.mark.parametrize(
    ("batch", "warm_up", "weight"), [(0, 100, 0.01), (49, 100, 0.5), (500, 100, 1), (0, 0, 1)]
)
def test_the_weight_of_the_kl_term_rises_from_0_to_1(monkeypatch, batch, warm_up, weight):
    fitted, curves = model(kl_warm_up=warm_up), {}
    loop = SimpleNamespace(epoch_loop=SimpleNamespace(total_batch_idx=batch))
    monkeypatch.setattr(VAE, "trainer", SimpleNamespace(fit_loop=loop))
    monkeypatch.setattr("ganaug.models.vae.log_scalars", lambda _, drawn: curves.update(drawn))
    labels = torch.zeros(6, dtype=torch.long)
    loss = fitted.training_step((torch.rand(6, 1, 8, 8) * 2 - 1, labels))["loss"]
    expected = curves["vae/reconstruction"] + weight * curves["vae/kl"]
    assert loss.item() == pytest.approx(expected.item())


def test_binarized_targets_are_black_and_white_in_proportion():
    seen = []
    fitted = model()
    fitted.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    gray = torch.zeros(50, 1, 8, 8)  # half way between black and white
    fitted.bound(gray, torch.zeros(50, dtype=torch.long))
    assert set(seen[0].unique().tolist()) == {-1.0, 1.0}
    assert abs(seen[0].mean()) < 0.1
    plain = model(binarize=False)
    plain.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    plain.bound(gray, torch.zeros(50, dtype=torch.long))
    assert seen[1].unique().tolist() == [0.0]


def test_labels_must_fit_the_model():
    with pytest.raises(UsageError, match="no labels given to a model of 3 classes"):
        model(num_classes=3).sample(torch.zeros(2, 4))
