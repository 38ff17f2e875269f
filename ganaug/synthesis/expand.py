"""Expanding a data set, in one call: makers, how many of each class, a folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from ganaug.synthesis.filters.base import Gate
from ganaug.synthesis.filters.duplicates import Sketcher
from ganaug.synthesis.sources.base import Maker, check_quotas
from ganaug.synthesis.writer.files import FORMATS, FormatName
from ganaug.synthesis.writer.folder import Folder
from ganaug.synthesis.writer.selection import Quota, Selector
from ganaug.synthesis.writer.worker import Worker, work
from ganaug.utils.errors import UsageError

Plan = Mapping[str, Mapping[str, int]]


def expand(
    makers: Sequence[Maker],
    plan: Plan,
    out: str | Path,
    *,
    gates: Sequence[Gate] = (),
    sketcher: Sketcher | None = None,
    max_tries: int = 10,
    facts: Mapping[str, Any] | None = None,
    kind: FormatName = "png",
    trainer: Trainer | None = None,
) -> dict[str, Any]:
    """Make the planned images and write them as one folder per class.

    `out/images/<class>/<index>.png` loads with torchvision's ImageFolder and Hugging Face's
    imagefolder. Beside `images/` stand `metadata.csv`, a row for every image, `README.md`, the
    data card, and `manifest.json`, written last. Stopped anywhere, the same call goes on; when the
    folder is complete, it does nothing.

    Args:
        makers: Who makes images; `Drawing`, `Translation`, `Classical`, `Smote`,
            `Originals`.
        plan: By maker's name, the images to make of each class.
        out: The folder; absent, empty, or begun by the same call.
        gates: What an image must pass.
        sketcher: Describes images for the search of duplicates, if they are to be left out.
        max_tries: Images made at most for each one wanted.
        facts: What else the manifest is to hold, and decides what comes out; JSON values.
        kind: png, jpeg or webp.
        trainer: Runs the work on as many devices as it has; one on the CPU by default.

    Returns:
        The manifest. Where gates left a class short, its `short` says by how many.

    Raises:
        UsageError: The plan can't be carried out, or the folder can't be written to.

    Example:
        >>> checkpoint = load("runs/dcgan/version_0/checkpoints/best.ckpt")
        >>> maker = Drawing(checkpoint.model, checkpoint.card.class_names)
        >>> expand([maker], {"generator": {"7": 100}}, "sevens")["counts"]
        {'synthetic': {'7': 100}, 'real': {}}
    """
    if kind not in FORMATS:
        raise UsageError(f"format {kind!r} is none of {', '.join(FORMATS)}")
    if max_tries < 1:
        raise UsageError(f"--max-tries is {max_tries}; use 1 or more")
    by_name = {maker.name: maker for maker in makers}
    quotas = []
    for name, wanted in plan.items():
        if name not in by_name:
            raise UsageError(f"the plan's maker {name!r} is none of {', '.join(by_name)}")
        check_quotas(by_name[name], wanted)
        quotas += quotas_of(by_name[name], wanted)
    folder = Folder(
        Path(out),
        class_names=next(iter(by_name.values())).class_names,
        quotas=quotas,
        selector=Selector(max_tries=max_tries, apart=sketcher.apart if sketcher else None),
        facts={
            "plan": plan,
            "makers": {name: by_name[name].facts for name in plan},
            "max_tries": max_tries,
            "gates": [gate.facts for gate in gates],
            "duplicates_apart": sketcher.apart if sketcher else None,
            **(facts or {}),
        },
        kind=kind,
    )
    if folder.complete:
        folder.tidy()
    else:
        worker = Worker(folder, by_name, gates=gates, sketcher=sketcher)
        work(worker, trainer or plain_trainer())
    return folder.manifest()


def quotas_of(maker: Maker, wanted: Mapping[str, int]) -> list[Quota]:
    """Return a maker's quotas, in the order of the labels, without those of nothing."""
    return [
        Quota(maker.name, label, wanted[name], maker.most(label))
        for label, name in enumerate(maker.class_names)
        if wanted.get(name)
    ]


def plain_trainer(**settings: Any) -> Trainer:
    """Return a trainer that predicts and leaves nothing behind."""
    quiet: dict[str, Any] = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "use_distributed_sampler": False,
    }
    here = {"accelerator": "cpu", "devices": 1, "enable_progress_bar": False}
    return Trainer(**{**quiet, **here, **settings})
