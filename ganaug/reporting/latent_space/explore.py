"""explore: captioned pictures of what a fitted model has learned."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import refuse_outside
from ganaug.utils.registry import Registry
from ganaug.utils.several import several
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    import torch

    # A function of a session, with the exploration's options as keyword-only parameters.
    Exploration = Callable[..., Iterator[Path]]

Kind = Literal["spherical", "linear"]
By = Literal["features", "pixels"]
Hole = Literal["middle", "left", "right", "top", "bottom"]
EXPLORATIONS: "Registry[Exploration]" = Registry("exploration")


@takes_paths("model", "out", "image", "mask", "data_root")
def explore(
    what: str,
    model: Any,
    out: str | Path,
    *,
    count: int | None = None,
    class_name: str | None = None,
    seed: int = 0,
    steps: int | None = None,
    kind: Kind | None = None,
    a: str | Iterable[int] | None = None,
    b: str | Iterable[int] | None = None,
    c: str | Iterable[int] | None = None,
    by: By | None = None,
    image: str | Path | Sequence[str | Path] | None = None,
    hole: Hole | None = None,
    mask: str | Path | None = None,
    data_root: str | None = None,
    device: "str | torch.device" = "auto",
) -> list[Path]:
    """Draw a captioned picture of what a fitted model has learned.

    Args:
        what: `samples` (a numbered grid), `walk` (between latents, with a video), `arithmetic` (a -
            b + c on averaged latents), `nearest` (the closest training image to each sample),
            `project` (real images and the closest ones the model can generate), `inpaint` (real
            images with a hole that the model fills) or `history` (the same latents with every
            checkpoint of a run, and metrics).
        model: A run, its folder, a checkpoint, or a loaded model.
        out: The picture to write, a new PNG.
        count: Number of samples, walks or images.
        class_name: Draw only this class; all classes in turn by default.
        seed: Seed of the latents.
        steps: walk: steps between two latents, 10 by default; project, inpaint: steps of the
            search, 300 by default.
        kind: walk: spherical (by default) or linear.
        a: arithmetic: numbers of samples such as 3,17,40 (in Python also [3, 17, 40]), or
            class:NAME for the samples that a classifier is most confident about.
        b: arithmetic: the samples to subtract, given like a.
        c: arithmetic: the samples to add, given like a.
        by: nearest: compare images by features (by default) or pixels.
        image: project, inpaint: real images (test images of the data by default).
        hole: inpaint: the part to cut out; middle by default.
        mask: inpaint: a picture that is black where the image is cut out.
        data_root: Where the real images are now, if they have moved.
        device: Where to compute: auto, cpu, cuda, or one of several GPUs, such as cuda:1. With
            auto, a loaded model stays where it is.

    Returns:
        The written files.

    Raises:
        UsageError: An argument is wrong or not for this exploration, a file exists, or the model
            has no latents.

    Example:
        >>> explore("walk", "runs/dcgan/version_0", "walk.png", count=4, steps=3)
        [PosixPath('walk.png'), PosixPath('walk.webp')]
    """
    options: dict[str, Any] = {
        "count": count,
        "steps": steps,
        "kind": kind,
        "a": a,
        "b": b,
        "c": c,
        "by": by,
    }
    images = None if image is None else several(image)
    options |= {"image": images, "hole": hole, "mask": mask}
    arguments = {name: value for name, value in options.items() if value is not None}
    _check(what, Path(out), seed, arguments)
    from ganaug.reporting.latent_space.session import Session
    from ganaug.training.fitted import refuse_in_data
    from ganaug.utils.output_folder import refuse_unwritable

    refuse_unwritable(Path(out).parent, "out")
    session = Session.open(
        model, device, out=Path(out), class_name=class_name, seed=seed, data_root=data_root
    )
    refuse_in_data(out, session.card.data, "out", data_root)
    return list(EXPLORATIONS.get(what)(session, **arguments))


def _check(what: str, out: Path, seed: int, arguments: dict[str, Any]) -> None:
    """Refuse invalid arguments, before anything is loaded."""
    from ganaug.reporting.latent_space import explorations, history, projection  # noqa: F401 - importing registers them

    options_of = {name: _options(function) for name, function in EXPLORATIONS.items().items()}
    required = _required(EXPLORATIONS.get(what))
    refuse_outside("", 1, count=arguments.get("count"), steps=arguments.get("steps"))
    for name, kinds in {"kind": Kind, "by": By, "hole": Hole}.items():
        if arguments.get(name) not in (None, *get_args(kinds)):
            raise UsageError(f"{name} is {arguments[name]!r}; use {', '.join(get_args(kinds))}")
    refuse_outside("", 0, 2**63 - 1, seed=seed)
    for name in arguments:
        takers = [exploration for exploration, options in options_of.items() if name in options]
        if what not in takers:
            raise UsageError(f"{name} is for {' and '.join(takers)}, not for {what}")
    if "image" in arguments and "count" in arguments:
        raise UsageError("count is for test images of the data; leave it out with `image`")
    if "hole" in arguments and "mask" in arguments:
        raise UsageError("`hole` and `mask` both say what is cut out; give one")
    missing = [f"`{name}`" for name in required if name not in arguments]
    if missing:
        raise UsageError(
            f"{what} needs {' and '.join(missing)}: numbers from the sheet that the exploration "
            "`samples` draws, such as 3,17,40, or class:NAME"
        )
    if out.suffix.lower() != ".png":
        raise UsageError(f"out {out}: pictures are written as PNG; end its name in .png")
    for file in [out, *([out.with_suffix(".webp")] if what == "walk" else [])]:
        if file.exists():
            raise UsageError(f"{file} exists, and nothing is overwritten; give a new name")


def _options(function: "Exploration") -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(function).parameters
    return {name: p for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}


def _required(function: "Exploration") -> list[str]:
    return [name for name, p in _options(function).items() if p.default is p.empty]
