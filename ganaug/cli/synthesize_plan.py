"""What synthesize is to carry out: the plan, the makers and the gates, from the options."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from ganaug import synthesis
from ganaug.cli.synthesize_gates import asked_gates, check_features, gates_of
from ganaug.cli.synthesize_real import Real
from ganaug.protocols import Autoencoder, Translator
from ganaug.synthesis.filters.base import Gate
from ganaug.synthesis.sources.base import Maker
from ganaug.training.checkpoints import Card, load
from ganaug.utils.errors import UsageError


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
    sketcher: synthesis.Sketcher | None
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

    def real_words(self, data_root: str | None) -> list[str]:
        """Return what evaluate is to be told of the real images, beside the set."""
        if self.sources:
            return ["--real", self.sources]
        return ["--data-root", data_root] if data_root else []


def prepare(options: argparse.Namespace, path: Path, trainer: Trainer) -> Expansion:
    """Read the checkpoint and the real images, as far as they are needed, and plan.

    Raises:
        UsageError: An option does not fit the checkpoint or the data.
    """
    checkpoint = load(path)
    card, model = checkpoint.card, checkpoint.model
    makes = "translator" if isinstance(model, Translator) else "generator"
    real = Real(options, checkpoint)
    plan = planned(options, real.counts, makes if options.maker == "model" else options.maker)
    refuse_unread(options, plan)
    refuse_unable(model, makes, plan, real.counts)
    if options.with_real:
        plan["real"] = real.counts
    asked = asked_gates(options.gate)
    check_features(options.gate_features, asked)
    if options.plan:
        return Expansion(card, real.counts, plan, [], [], None, {})
    makers = [maker_of(name, options, model, real) for name in plan]
    gates, sketcher = gates_of(asked, model, real, makers, options.gate_features)
    facts = {
        "checkpoint": {"file": path.name, "sha256": checkpoint.sha256},
        "model": card.model,
        "card": vars(card),
        "seed": options.seed,
        "real_fingerprint": real.fingerprint,
        "device": trainer.strategy.root_device.type,
        "versions": versions(),
    }
    settings = {"kind": options.format}
    if options.max_tries is not None:
        settings["max_tries"] = options.max_tries
    return Expansion(
        card, real.counts, plan, makers, gates, sketcher, facts, settings, options.sources
    )


def refuse_unread(options: argparse.Namespace, plan: dict[str, dict[str, int]]) -> None:
    """Refuse options that nothing here would read.

    Raises:
        UsageError: Names the option, and what would read it.
    """
    if "real" in plan:
        raise UsageError("the plan names the maker 'real'; lay real images beside by --with-real")
    if options.augmentation != "light" and "albumentations" not in plan:
        raise UsageError("--augmentation is read by --maker albumentations alone")
    if options.truncation is not None and plan.keys() <= {"albumentations", "smote"}:
        raise UsageError(f"--truncation is of drawn latents, and {', '.join(plan)} draws none")
    if options.max_tries is not None and not options.gate:
        raise UsageError("--max-tries is of images that a --gate turns away, and none is given")
    if options.sources and options.data_root:
        raise UsageError("--sources and --data-root both say where the images are; give one")


def refuse_unable(
    model: Any, own: str, plan: dict[str, dict[str, int]], counts: dict[str, int]
) -> None:
    """Refuse makers that the model can't be, before anything is read or made.

    Raises:
        UsageError: Names the maker, and who could be it.
    """
    for name in plan:
        if name not in (own, "albumentations", "smote"):
            makers = f"{own}, albumentations, smote"
            raise UsageError(f"the plan's maker {name!r} is none of {makers}")
    if "smote" in plan and not isinstance(model, Autoencoder):
        raise UsageError(
            f"the maker 'smote' goes between encoded images, and {type(model).__name__} has no "
            "encoder: fit one with --model vae, and give its checkpoint to --ckpt"
        )
    for name, wanted in plan.get("smote", {}).items():
        if wanted:
            synthesis.check_pair(name, counts[name])


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
    """Return the maker of that name, which the model can be.

    Raises:
        UsageError: Its settings do not fit the model or the data.
    """
    noise: dict[str, Any] = {"seed": options.seed, "truncation": options.truncation}
    if name == "real":
        return synthesis.Originals(real.images, real.class_names)
    if name == "albumentations":
        augmentation = policy_of(options.augmentation, real)
        return synthesis.Classical(augmentation, real.class_names, real.images, seed=options.seed)
    if name == "smote":
        return synthesis.Smote(model, real.class_names, real.images, seed=options.seed)
    if isinstance(model, Translator):
        return synthesis.Translation(model, real.class_names, real.images, **noise)
    return synthesis.Drawing(model, real.class_names, **noise)


def policy_of(name: str, real: Real) -> Any:
    """Return the albumentations augmentation of that name or file.

    Raises:
        UsageError: It changes nothing.
    """
    from datamodules.augmentation import load_augmentation

    augmentation = load_augmentation(name, real.card.image_size, real.card.channels)
    if augmentation is None:
        raise UsageError(
            f"--augmentation {name} changes nothing; use light, mirror, elastic, strong, or an augmentation file"
        )
    return augmentation


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
