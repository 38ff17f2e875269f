"""SampleVideo: the sample grids of a run as one video."""

from contextlib import suppress
from pathlib import Path
from typing import Literal

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from PIL import Image

from datamodules.console import say
from ganaug.callbacks.sample_grid import FOLDER
from ganaug.training.trainers import run_folder
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.ranges import refuse_not_positive, refuse_outside
from ganaug.utils.webp import fitting_webp


class SampleVideo(Callback):
    """Writes `samples.webp` (or `samples.gif`) to the run's folder when the fit ends.

    Args:
        format: webp, gif or none. A GIF takes 20 times as long and more than thrice the space.
        max_frames: Largest number of frames. If there are more grids, evenly spaced ones are used,
            including the last.
        seconds: Length of the video before its last frame, which is shown for two seconds.
    """

    def __init__(
        self,
        format: Literal["webp", "gif", "none"] = "webp",  # noqa: A002 - the option's name
        max_frames: int = 100,
        seconds: float = 8.0,
    ) -> None:
        refuse_outside("video", 2, max_frames=max_frames)
        refuse_not_positive("video", seconds=seconds)
        self.format, self.max_frames, self.seconds = format, max_frames, seconds
        self.folder: Path | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Read the run's folder, on every rank."""
        self.folder = run_folder(trainer)

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Write the video so far when a run is stopped."""
        # Errors here (no folder yet, a full disk) must not hide the one that stopped the run.
        if self.folder is not None:
            with suppress(OSError):
                self.write()

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the video."""
        self.write()

    @rank_zero_only
    def write(self) -> None:
        """Write a video of the sample grids so far."""
        assert self.folder is not None, "setup comes first"
        sheets = sorted((self.folder / FOLDER).glob("batch_*.png"))
        if self.format != "none" and len(sheets) > 1:
            write_video(
                thinned(sheets, self.max_frames),
                self.folder / f"samples.{self.format}",
                seconds=self.seconds,
            )


def thinned(sheets: list[Path], count: int) -> list[Path]:
    """Return at most `count` sheets, evenly spaced, including the first and the last."""
    if len(sheets) <= count:
        return sheets
    return [sheets[round(i * (len(sheets) - 1) / (count - 1))] for i in range(count)]


def write_video(sheets: list[Path], path: Path, *, seconds: float) -> None:
    """Write an animated WebP or GIF, by the path's suffix; large pictures are scaled down.

    Sheets that can't be read are left out, with a note.

    Raises:
        OSError: The file can't be written.
    """
    frames = [frame for sheet in sheets if (frame := _frame(sheet)) is not None]
    if not frames:
        return
    # Sheets of an earlier version were smaller, and all frames must have the same size.
    frames = [f if f.size == frames[-1].size else f.resize(frames[-1].size) for f in frames]
    pause = max(20, round(1000 * seconds / len(frames)))
    durations = [pause] * (len(frames) - 1) + [2000]
    with atomic_open(path) as file:
        frames[0].save(
            file,
            path.suffix.removeprefix("."),
            save_all=True,
            append_images=frames[1:],
            duration=durations,
            loop=0,
        )


def _frame(sheet: Path) -> Image.Image | None:
    """Read a sheet; print a note and return None if that fails."""
    try:
        with Image.open(sheet, formats=["PNG"]) as picture:
            return fitting_webp(picture.convert("RGB"))
    # Pillow raises a SyntaxError for a PNG with a damaged chunk.
    except (OSError, SyntaxError, ValueError) as error:
        say(f"note: the video leaves out {sheet}, which can't be read: {error}")
        return None
