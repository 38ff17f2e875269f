"""Learning from few labels: what each player minimizes, and that unlabeled images teach."""

import pytest
import torch
from lightning.pytorch import Trainer
from torch.nn.functional import cross_entropy

from datamodules.mnist import MNISTDataModule
from ganaug.models.sgan import SGAN
from ganaug.utils.errors import UsageError


def model(**settings):
    torch.manual_seed(0)
    small = {"image_size": 8, "num_classes": 3, "width": 4, "features": 6, "noise": 0.0}
    return SGAN(
        **{
            **small,
            "dropout": 0.0,
            "shift": 0,
            "rotation": 0,
            "scaling": 0,
            "cutout": 0,
            **settings,
        }
    )


def thirds(images):
    return torch.full((len(images), 3), 1 / 3)


def test_terms_are_those_of_the_paper():
    fitted = model(consistency_weight=2.0)
    labeled, unlabeled, fake = (torch.randn(n, 1, 8, 8) for n in (4, 5, 6))
    says = fitted.averaged_classifier(unlabeled)[0].softmax(dim=1)
    # Sure of three of the five.
    fitted.game.confidence = says.max(dim=1).values.median().item()
    labels = torch.tensor([0, 1, 2, 0])
    terms = fitted.game.classifier_terms(
        labeled, labels, unlabeled=unlabeled, teacher=fitted.classify, fake=fake
    )
    named, real, generated = (fitted.game.classifier(x)[0] for x in (labeled, unlabeled, fake))
    torch.testing.assert_close(terms["classification"], cross_entropy(named, labels))
    # D = Z / (Z + 1) with Z the sum of the exponentials.
    sums = [logits.exp().sum(dim=1) for logits in (real, generated)]
    source = -(sums[0] / (sums[0] + 1)).log().mean() - (1 / (sums[1] + 1)).log().mean()
    torch.testing.assert_close(terms["loss"], 0.5 * source)
    sure = says.max(dim=1).values >= fitted.game.confidence
    assert sure.sum() == 3
    errors = cross_entropy(real, says.argmax(dim=1), reduction="none")
    torch.testing.assert_close(terms["consistency"], 2.0 * (errors * sure).mean())
    distance = fitted.game.generator_terms(unlabeled=unlabeled, fake=fake).total
    means = [fitted.game.classifier(x)[1].mean(dim=0) for x in (unlabeled, fake)]
    torch.testing.assert_close(distance, (means[0] - means[1]).square().sum())


def test_no_gradient_reaches_the_generator_from_the_classifier():
    game = model().game
    fake = game.generator(torch.randn(4, 100))
    real = fake.detach()
    terms = game.classifier_terms(
        real, torch.tensor([0, 1, 2, 0]), unlabeled=real, teacher=thirds, fake=fake
    )
    terms.total.backward()
    assert all(p.grad is None for p in game.generator.parameters())


def test_probabilities_and_samples():
    fitted = model().eval()
    shares = fitted.classify(torch.randn(5, 1, 8, 8))
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(5))
    assert fitted.sample(torch.randn(2, 100)).shape == (2, 1, 8, 8)
    with pytest.raises(UsageError, match="labels given to a model of 0 classes"):
        fitted.sample(torch.randn(2, 100), torch.tensor([0, 1]))


def test_one_class_is_refused():
    with pytest.raises(UsageError, match="takes two or more"):
        model(num_classes=1)


def test_a_young_classifier_is_trusted_little():
    fitted = model(consistency_ramp=200)
    assert [fitted.trust_after(n) for n in (0, 50, 200, 900)] == [0, 0.25, 1, 1]
    assert model(consistency_ramp=0).trust_after(0) == 1
    images = {"unlabeled": torch.randn(9, 1, 8, 8), "fake": torch.randn(9, 1, 8, 8)}
    fitted.game.confidence = 0.0
    labeled = torch.zeros(1, 1, 8, 8), torch.tensor([0])
    images["teacher"] = thirds
    full, quarter = (
        fitted.game.classifier_terms(*labeled, **images, trust=trust)["consistency"]
        for trust in (1.0, 0.25)
    )
    torch.testing.assert_close(quarter, 0.25 * full)


def test_the_method_of_the_paper_alone():
    image = torch.zeros(1, 1, 8, 8)
    terms = model(consistency_weight=0.0).game.classifier_terms(
        *(image, torch.tensor([0])), unlabeled=image, teacher=thirds, fake=image
    )
    assert set(terms) == {"classification", "loss"}


def fitted_accuracy(**settings):
    data = MNISTDataModule(
        labels_per_class=1, batch_size=100, epoch_images=6000, classes=[0, 1, 4, 7]
    )
    settings = {"consistency_ramp": 10, **settings}
    sgan = SGAN(num_classes=4, width=12, ema_halflife=2000, **settings)
    trainer = Trainer(
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    trainer.fit(sgan, datamodule=data)
    return trainer.callback_metrics["validation/accuracy"].item()


def test_images_without_a_label_teach():
    alone = fitted_accuracy(unlabelled_weight=0.0, consistency_weight=0.0)
    assert fitted_accuracy() > alone + 0.03
