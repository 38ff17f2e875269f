"""The contract of every model, held against every shipped configuration by itself."""

from pathlib import Path

import pytest
import torch
from lightning.pytorch import Callback

from ganaug.callbacks.trained_weights import TrainedWeights
from ganaug.models import registry
from ganaug.models.dagan import DAGAN
from ganaug.models.r3gan import R3GAN
from ganaug.models.wgan_gp import WGANGP
from ganaug.protocols import Classifier, Sampler, Translator
from ganaug.training.builder import FitCLI
from ganaug.training.checkpoints import load
from ganaug.training.setting_errors import options
from ganaug.utils.pixels import to_float

CONFIGS = sorted(registry.CONFIGS.rglob("*.yaml"))
DIGITS = "datamodules.mnist.MNISTDataModule"
TWO_KINDS = "datamodules.unpaired_digits.UnpairedDigitsDataModule"
QUICK = [
    *("--data.per_class", "16", "--data.root", "null"),
    *("--data.batch_size", "8", "--data.validation", "0.1"),
    *(
        "--trainer.max_epochs",
        "1",
        "--trainer.limit_train_batches",
        "10",
        "--trainer.max_time",
        "null",
    ),
    *("--trainer.log_every_n_steps", "1", "--trainer.enable_progress_bar", "false"),
    *("--fidelity.every_epochs", "0", "--stability.images", "20"),
]

# A sample takes many passes through the network.
FEW_PASSES = {"flow": ["--model.width", "8", "--model.sampling_steps", "2"]}

# For tests of what doesn't depend on the size: each fits several times.
SMALL = {
    name: ["--model.width", "8", "--data.image_size", "32"]
    for name in ("daisies_to_sunflowers", "few_images", "few_photographs")
}

# Whose loss takes differences of logits alone, so that the last bias cancels out of it.
OF_DIFFERENCES = (WGANGP, R3GAN, DAGAN)


class Witness(Callback):
    """Looks at all weights around each optimizer's step.

    `reached` had a gradient in their own player's step, `moved` moved then, `due` should have:
    their step was larger than the rounding of their numbers. `strayed` moved in another's step.
    """

    def __init__(self):
        self.reached, self.moved, self.due, self.strayed = set(), set(), set(), []

    def on_train_start(self, trainer, pl_module):
        names = {p: name for name, p in pl_module.named_parameters()}
        before = {}

        def remember(*_):
            before.update({p: p.detach().clone() for p in names})

        def compare(optimizer, *_):
            own = {p: group for group in optimizer.param_groups for p in group["params"]}
            moved = {p for p in names if not torch.equal(p, before[p])}
            reached = {p for p in own if p.grad is not None and p.grad.any()}
            self.moved |= {names[p] for p in moved}
            self.strayed += [names[p] for p in moved - set(own)]
            self.reached |= {names[p] for p in reached}
            still = {p for p in reached - moved if names[p] not in self.moved}
            self.due |= {names[p] for p in still if is_due(optimizer, own[p], p, before[p])}

        for optimizer in trainer.optimizers:
            optimizer.register_step_pre_hook(remember)
            optimizer.register_step_post_hook(compare)


def is_due(optimizer, group, weight, before):
    """Whether an optimizer's step would move a weight, rounded as its numbers are.

    A bias ahead of a batch norm has no effect, so that its gradient is what rounding leaves, 1e-9:
    plain descent then moves it by less than the last digit of 0.09, which changes nothing.
    """
    # From zero, where the step itself is not rounded away.
    twin = torch.nn.Parameter(torch.zeros_like(weight))
    twin.grad = weight.grad.clone()
    again = type(optimizer)([twin])
    again.param_groups[0].update({key: value for key, value in group.items() if key != "params"})
    again.step()
    return not twin.any() or not torch.equal(before + twin.detach(), before)


def fit_small(config, *flags):
    return fit(config, *SMALL.get(config.stem, []), *flags)


def fit(config, *flags):
    data = TWO_KINDS if "CycleGAN" in config.read_text() else DIGITS
    few = FEW_PASSES.get(config.stem, [])
    cli = FitCLI(["--config", str(config), "--data", data, *QUICK, *few, *flags])
    witness = Witness()
    cli.trainer.callbacks.append(witness)
    cli.trainer.fit(cli.model, datamodule=cli.datamodule)
    (trained,) = (each for each in cli.trainer.callbacks if isinstance(each, TrainedWeights))
    assert not trained.without_gradient  # no shipped model is warned of
    return cli, witness


def drawn(model, data):
    """Six images: from fixed latents, or from the first six real ones."""
    labels = torch.arange(6) % model.num_classes if model.num_classes else None
    latents = torch.randn(6, model.latent_dim, generator=torch.Generator().manual_seed(3))
    if isinstance(model, Translator):
        return model.translate(to_float(data.images("train", limit=6)[0]), labels, latents)
    return model.sample(latents, labels)


def test_every_model_has_a_configuration_and_every_configuration_a_model():
    assert registry.models()
    assert {path.stem for path in CONFIGS if path.parent == registry.CONFIGS} == set(
        registry.models()
    )


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_model_keeps_the_contract(config):
    cli, witness = fit(config)
    model = cli.model

    # Trains a few batches, enough for five critic steps, and each player's weights move in that
    # player's step alone.
    assert cli.trainer.fit_loop.epoch_loop.total_batch_idx == 9
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    last_bias = {name for name in trained if name.endswith("logit.linear.bias")}
    unreached = trained - witness.reached
    assert unreached <= (last_bias if isinstance(model, OF_DIFFERENCES) else set())
    assert witness.due <= witness.moved
    assert witness.strayed == []
    # The exception is for biases alone: rounding may hold back no matrix or kernel.
    assert all(name.endswith("bias") for name in trained - witness.moved)

    # What it draws has the data's shape and range.
    assert isinstance(model, Sampler | Translator)
    # A generator that few labels could not teach the class; the classifier knows it.
    unconditional = model.hparams.get("conditional") is False or isinstance(model, Classifier)
    assert model.num_classes == (0 if unconditional else cli.datamodule.num_classes)
    images = drawn(model, cli.datamodule)
    size = cli.datamodule.image_size
    assert images.shape == (6, cli.datamodule.channels, size, size)
    assert images.dtype == torch.float32
    assert images.abs().max() <= 1

    # The same samples come out of the checkpoint, by a loader that runs no code.
    path = Path(cli.trainer.log_dir) / "checkpoints" / "last.ckpt"
    loaded = load(path)
    torch.testing.assert_close(drawn(loaded.model, cli.datamodule), images, rtol=0, atol=0)
    assert loaded.card.class_names == cli.datamodule.class_names
    assert loaded.card.class_counts == cli.datamodule.class_counts
    assert loaded.card.fingerprint == cli.datamodule.fingerprint


@pytest.mark.parametrize(
    ("gradient", "rate", "due"),
    [(1e-9, 0.05, False), (1e-6, 0.05, True), (1e-9, 0.0, True), (1e-9, 1e3, True)],
)
def test_what_the_witness_calls_due(gradient, rate, due):
    weight = torch.nn.Parameter(torch.tensor([0.0875, -0.0875]))
    weight.grad = torch.full((2,), gradient)
    optimizer = torch.optim.SGD([weight], lr=rate)
    before = weight.detach().clone()
    assert is_due(optimizer, optimizer.param_groups[0], weight, before) is due
    optimizer.step()
    assert due is (not torch.equal(weight, before)) or rate == 0


def takes_conditional(config):
    words = ["--config", str(config)]
    return config.stem != "cgan" and "--model.conditional" in options("model", words)


@pytest.mark.parametrize(
    "config", [path for path in CONFIGS if takes_conditional(path)], ids=lambda path: path.stem
)
def test_model_can_be_unconditional(config):
    cli, _ = fit_small(config, "--model.conditional", "false")
    assert cli.model.num_classes == 0
    assert drawn(cli.model, cli.datamodule).shape[0] == 6


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_same_seed_same_weights(config):
    first, second, other = (
        fit_small(config, "--seed_everything", seed)[0].model.state_dict()
        for seed in ("5", "5", "6")
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
