"""What synthesize is to carry out: the plan, the makers and the gates, from the options."""

import argparse
import shlex
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from ganaug import synthesis
from ganaug.checkpoints import Card, Checkpoint, load
from ganaug.cli.evaluate import domain_network
from ganaug.cli.fitted import data_of
from ganaug.errors import UsageError
from ganaug.evaluation.memorization import TrainingMemory
from ganaug.protocols import Critic, Translator
from ganaug.synthesis.gates import GATES, Gate, Sketcher, named
from ganaug.synthesis.makers import Maker


@dataclass
class Expansion:
    """All that decides what comes out.

    Attributes:
        card: What the model was fitted on.
        counts: Real images of each class.
        plan: By maker, the images to make of each class.
        makers: Who makes images.
        gates: What they must pass.
        sketcher: Finds duplicates, if they are looked for.
        facts: For the manifest.
        settings: The other arguments of `expand`.
        sources: Folder of other images that were given to start from, if any.
    """

    card: Card
    counts: dict[str, int]
    plan: dict[str, dict[str, int]]
    makers: list[Maker]
    gates: list[Gate]
    sketcher: Sketcher | None
    facts: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    sources: str | None = None

    def carry_out(self, out: Path, trainer: Trainer) -> dict[str, Any]:
        """Make the images and write them; return the manifest."""
        return synthesis.expand(
            self.makers,
            self.plan,
            out,
            gates=self.gates,
            sketcher=self.sketcher,
            facts=self.facts,
            trainer=trainer,
            **self.settings,
        )

    def real_words(self, data_root: str | None) -> str | None:
        """Return what evaluate is to be told of the real images; None where it can't read them."""
        if self.sources:
            return shlex.quote(self.sources)
        data, root = self.card.data, data_root or self.card.data["init_args"].get("root")
        if data["class_path"].startswith("datamodules.unpaired"):
            return None
        if data["class_path"].startswith("datamodules.mnist"):
            return f"mnist --data-root {shlex.quote(str(root))}" if root else "mnist"
        return shlex.quote(str(root))


def prepare(options: argparse.Namespace, path: Path, trainer: Trainer) -> Expansion:
    """Read the checkpoint and the real images, as far as they are needed, and plan.

    Raises:
        UsageError: An option does not fit the checkpoint or the data.
    """
    checkpoint = load(path)
    card, model = checkpoint.card, checkpoint.model
    makes = "translator" if isinstance(model, Translator) else "generator"
    real = Real(options, checkpoint)
    default = makes if options.maker == "model" else "albumentations"
    plan = planned(options, real.counts, default)
    refuse_unread(options, plan)
    if options.with_real:
        plan["real"] = real.counts
    if options.plan:
        return Expansion(card, real.counts, plan, [], [], None, {})
    makers = [maker_of(name, options, model, real) for name in plan]
    gates, sketcher = gates_of(options, model, real, makers)
    facts = {
        "checkpoint": {"file": path.name, "sha256": checkpoint.sha256},
        "model": card.model,
        "card": vars(card),
        "seed": options.seed,
        "real_fingerprint": real.fingerprint,
        "device": trainer.strategy.root_device.type,
        "versions": versions(),
    }
    settings = {"kind": options.format, "max_tries": options.max_tries}
    shown = {name: quotas for name, quotas in plan.items() if name != "real"}
    expansion = Expansion(card, real.counts, plan, makers, gates, sketcher, facts, settings)
    expansion.sources = options.sources
    if not any(any(quotas.values()) for quotas in shown.values()):
        raise UsageError("the plan asks for no image at all")
    return expansion


def refuse_unread(options: argparse.Namespace, plan: dict[str, dict[str, int]]) -> None:
    """Refuse options that nothing here would read.

    Raises:
        UsageError: Names the option, and what would read it.
    """
    if "real" in plan:
        raise UsageError("the plan names the maker 'real'; lay real images beside by --with-real")
    if options.policy != "light" and "albumentations" not in plan:
        raise UsageError("--policy is read by --maker albumentations alone")
    if options.truncation is not None and list(plan) == ["albumentations"]:
        raise UsageError("--truncation is of latents, and the maker albumentations has none")
    if options.sources and options.data_root:
        raise UsageError("--sources and --data-root both say where the images are; give one")


class Real:
    """The real training images, read when they are first needed.

    Args:
        options: The command line's.
        checkpoint: Of the model.
    """

    def __init__(self, options: argparse.Namespace, checkpoint: Checkpoint) -> None:
        self.options, self.card, self.model = options, checkpoint.card, checkpoint.model
        self._data: Any = None
        self._images: synthesis.RealImages | None = None
        self.fingerprint: str | None = None
        if options.sources and not getattr(self.model, "keeps_classes", False):
            raise UsageError(
                f"--sources: {checkpoint.card.model} does not make images of any class given; "
                "that takes a model such as dagan"
            )

    @property
    def data(self) -> Any:
        """The data module: that of the fit, or the sources given instead."""
        if self._data is None:
            self._data = (
                sources_of(self.card, self.options.sources)
                if self.options.sources
                else data_of(self.card, self.options.data_root)
            )
            self.fingerprint = self._data.fingerprint
            if not self.options.sources and self.fingerprint != self.card.fingerprint:
                print(
                    "warning: the real images are not the ones that the checkpoint was fitted on; "
                    "the manifest records both fingerprints",
                    file=sys.stderr,
                )
        return self._data

    @property
    def images(self) -> synthesis.RealImages:
        """The training images."""
        if self._images is None:
            images, labels = self.data.images("train")
            self._images = synthesis.RealImages(images, labels, self.data.paths("train"))
        return self._images

    @property
    def counts(self) -> dict[str, int]:
        """Real images of each class; the checkpoint knows them without the images."""
        return dict(self.data.class_counts if self.options.sources else self.card.class_counts)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels."""
        return tuple(self.data.class_names) if self.options.sources else self.card.class_names

    @cached_property
    def network(self) -> Any:
        """The gates' feature network, trained on the real images and kept."""
        return domain_network(self.data, "gate", "cpu")

    def held_out(self) -> Any:
        """Real images that no network was trained on: of the test and of the validation."""
        import torch

        splits = ("test", "validation")
        return torch.cat([self.data.images(split, limit=2500)[0] for split in splits])


def sources_of(card: Card, folder: str) -> Any:
    """The images of a folder of class folders, all of them, at the size that the model draws."""
    from datamodules.image_folder import ImageFolderDataModule

    shape: dict[str, Any] = {"image_size": card.image_size, "channels": card.channels}
    return ImageFolderDataModule(root=folder, validation=0.0, test=0.0, **shape)


def planned(
    options: argparse.Namespace, counts: dict[str, int], maker: str
) -> dict[str, dict[str, int]]:
    """Return the plan: by maker, the images to make of each class."""
    if options.plan_file:
        return synthesis.read_plan(options.plan_file, counts, maker)
    quotas = synthesis.plan(
        counts,
        synthesis.parse_strategy(options.sampling_strategy),
        per_class=options.per_class,
        multiply=options.multiply,
        share=options.share,
    )
    return {maker: quotas}


def maker_of(name: str, options: argparse.Namespace, model: Any, real: Real) -> Maker:
    """Return the maker of that name.

    Raises:
        UsageError: There is none, or the model can't be it.
    """
    own = "translator" if isinstance(model, Translator) else "generator"
    noise: dict[str, Any] = {"seed": options.seed, "truncation": options.truncation}
    if name == "real":
        return synthesis.Originals(real.images, real.class_names)
    if name == "albumentations":
        policy = policy_of(options.policy, real)
        return synthesis.Classical(policy, real.class_names, real.images, seed=options.seed)
    if name != own:
        raise UsageError(f"the plan's maker {name!r} is none of {own}, albumentations")
    if isinstance(model, Translator):
        return synthesis.Translation(model, real.class_names, real.images, **noise)
    return synthesis.Drawing(model, real.class_names, **noise)


def policy_of(name: str, real: Real) -> Any:
    """Return the albumentations policy of that name or file.

    Raises:
        UsageError: It changes nothing.
    """
    from datamodules.transforms import load_policy

    policy = load_policy(name, real.card.image_size, real.card.channels)
    if policy is None:
        raise UsageError(f"--policy {name} changes nothing; use light, strong, or a policy file")
    return policy


def gates_of(
    options: argparse.Namespace, model: Any, real: Real, makers: list[Maker]
) -> tuple[list[Gate], Sketcher | None]:
    """Return the gates asked for, and what finds duplicates.

    Raises:
        UsageError: One is not known, or the model or the data can't give it.
    """
    asked = dict(named(text) for text in options.gate)
    if len(asked) < len(options.gate):
        raise UsageError(f"--gate: one is given twice ({', '.join(options.gate)})")
    gates: list[Gate] = []
    if "agreement" in asked:
        if len(real.class_names) < 2:
            raise UsageError("--gate agreement: there is a single class, and nothing to agree on")
        gates.append(synthesis.AgreementGate(real.network, number(asked, "agreement")))
    for name, gate in {"realism": "keep", "rejection": "accept"}.items():
        if name in asked:
            kind = synthesis.RealismGate if name == "realism" else synthesis.RejectionGate
            share = {gate: number(asked, name)}
            gates.append(kind(critic_of(model, name), drawing_of(makers, name), **share))
    if asked.keys() & {"copies", "strays"}:
        memory = TrainingMemory(real.network, train=real.images.images, held_out=real.held_out())
        which = {kind: kind in asked for kind in ("copies", "strays")}
        gates.append(synthesis.MemoryGates(memory, real.images.sources, **which))
    sketcher = Sketcher(real.network, real.held_out()) if "duplicates" in asked else None
    return gates, sketcher


def number(asked: dict[str, float | None], name: str) -> float:
    """Return what a gate was given, or takes when nothing was."""
    value = asked[name] if asked[name] is not None else GATES[name]
    assert value is not None, "only gates that take a number are asked"
    return value


def critic_of(model: Any, gate: str) -> Critic:
    """Return the model as a critic.

    Raises:
        UsageError: It has no discriminator that can be asked.
    """
    if not isinstance(model, Critic):
        raise UsageError(
            f"--gate {gate}: {type(model).__name__} has no discriminator that judges an image by "
            "itself; use agreement"
        )
    return model


def drawing_of(makers: list[Maker], gate: str) -> Maker:
    """Return the maker that the model's discriminator knows.

    Raises:
        UsageError: The model makes nothing here.
    """
    for maker in makers:
        if maker.name == "generator":
            return maker
    raise UsageError(f"--gate {gate} judges images of the model, and the plan has none")


def versions() -> dict[str, str]:
    """What the bytes of an image can depend on."""
    import platform
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in ("ganaug", "torch", "numpy", "pillow", "albumentations"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
