"""Lightning's predict loop for a folder: each process makes, filters and writes blocks."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ganaug.synthesis.content_credentials import Signature
from ganaug.synthesis.filters.base import Filter
from ganaug.synthesis.filters.duplicates import DuplicateFilter
from ganaug.synthesis.own_parts import made, verdict_of, verdicts_of
from ganaug.synthesis.sources.base import Batch, ImageSource
from ganaug.synthesis.writer.files import SUFFIXES, FileWriter
from ganaug.synthesis.writer.folder import Folder
from ganaug.synthesis.writer.journal import SCORES, Entry, Row, Unit
from ganaug.synthesis.writer.naming import prefix_of
from ganaug.training.stop_signals import keyboard_interrupts
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.sources.real_file import RealFile


class Worker(LightningModule):
    """Makes the units that are missing from a folder, divided among the ranks.

    A block is made and filtered while earlier blocks are encoded and written.

    Args:
        folder: The folder to fill.
        sources: Sources by method.
        filters: Filters that a synthetic image must all pass; real images always pass.
        duplicates: The filter of duplicates, if they are filtered.
        signature: Signs the marks of the images.
    """

    def __init__(
        self,
        folder: Folder,
        sources: Mapping[str, ImageSource],
        *,
        filters: Sequence[Filter] = (),
        duplicates: DuplicateFilter | None = None,
        signature: Signature | None = None,
    ) -> None:
        super().__init__()
        self.signature = signature
        self.folder, self.sources = folder, dict(sources)
        self.filters, self.duplicates = tuple(filters), duplicates
        parts = [*self.sources.values(), *self.filters, duplicates]
        # Registered as submodules, so that Lightning moves them to each rank's device.
        self.networks = nn.ModuleList(networks_of(parts))
        self.units: list[Unit] = []
        self.files: FileWriter | None = None

    def setup(self, stage: str) -> None:  # noqa: ARG002 - Lightning gives it
        """Find what is missing on rank 0, and broadcast it."""
        missing: list[Unit] = []
        if self.trainer.is_global_zero:
            self.folder.begin()
            missing = self.folder.missing()
        self.units = self.trainer.strategy.broadcast(missing)

    def predict_dataloader(self) -> DataLoader:
        """Return this rank's units, padded to the same number on each rank."""
        ranks = self.trainer.world_size
        rank_units: list[Unit | None] = [*self.units[self.trainer.global_rank :: ranks]]
        rank_units += [None] * (-(-max(1, len(self.units)) // ranks) - len(rank_units))
        units: Any = rank_units  # a list works as a data set, but torch's annotation asks for more
        return DataLoader(units, batch_size=None, collate_fn=_unchanged)

    def on_predict_start(self) -> None:
        """Open this rank's writer."""
        folder, marks = self.folder, self.folder.facts.get("marks")
        self.files = FileWriter(folder.out, self.global_rank, folder.kind, marks, self.signature)

    def predict_step(self, unit: Unit | None) -> None:
        """Make and filter a unit, and queue the images that passed."""
        assert self.files is not None, "on_predict_start comes first"
        if unit is None:
            return
        unit = Unit(*unit)
        source = self.sources[unit.method]
        self.files.add(*self.judged(unit, source, made(source, unit.label, unit.block)))

    def on_predict_end(self) -> None:
        """Wait for this rank's files, and then for the other ranks."""
        assert self.files is not None, "on_predict_start comes first"
        try:
            self.files.finish()
        finally:
            self.files.close()
        self.trainer.strategy.barrier()

    def stop(self) -> None:
        """Stop this rank's threads, also after an error, when they would go on writing."""
        if self.files is not None:
            self.files.close()

    def judged(
        self, unit: Unit, source: ImageSource, batch: Batch
    ) -> "tuple[Tensor, list[RealFile | None], Entry]":
        """Return the images that pass all filters, the files of real ones, and the unit's entry."""
        filters = () if source.method == "real" else self.filters
        room = self.folder.wanted(unit) - batch.indices.start
        if not filters and self.duplicates is None and room > 0:
            # Without filters all images pass, so any beyond the wanted number are left out. A block
            # that begins beyond it is made only if a user's source made earlier ones too small.
            batch = batch.first(room)
        results = [verdict_of(filter_, batch) for filter_ in filters]
        passed = verdicts_of(results)
        keep = torch.ones(len(batch.images), dtype=torch.bool)
        for mask in passed.values():
            keep &= mask.cpu()
        kept_indices = keep.nonzero().flatten().tolist()
        columns = [result.columns for result in results]
        rows = [self.row(source, batch, i, columns) for i in kept_indices]
        images = batch.images[kept_indices]
        files = [batch.files[i] if batch.files else None for i in kept_indices]
        sketches: list[list[float]] = []
        if self.duplicates and source.method != "real":
            sketches = self.duplicates.sketch(images)
        counts = {name: int(mask.sum()) for name, mask in passed.items()}
        return images, files, Entry(unit, len(batch.images), counts, rows, sketches)

    def row(
        self,
        source: ImageSource,
        batch: Batch,
        i: int,
        columns: Iterable[Mapping[str, Sequence[Any]]],
    ) -> Row:
        """Return the row of an image, without the hash of its file."""
        name, index = self.folder.class_names[batch.label], batch.indices[i]
        suffix = SUFFIXES[self.folder.kind]
        real = batch.files[i] if batch.files and getattr(source, "kind", None) is None else None
        if real and real.stored_as(None) == "copied":
            suffix = Path(real.path).suffix.lower() or suffix
        file = f"{prefix_of(source.method)}{index:06d}{suffix}"
        scores = {key: values[i] for column in columns for key, values in column.items()}
        if unknown := sorted(scores.keys() - {*SCORES}):
            raise UsageError(
                f"`filters`: a filter gives the column {unknown[0]}, which metadata.csv does not "
                f"take from filters; its result can have {', '.join(SCORES)}"
            )
        return Row(
            file_name=f"{self.folder.images_of(name)}/{file}",
            label=name,
            class_index=batch.label,
            origin="real" if source.method == "real" else "synthetic",
            method=source.method,
            sample_index=index,
            seed=batch.seeds[i] if batch.seeds else None,
            source=batch.sources[i] if batch.sources else "",
            inversion_error=batch.errors[i] if batch.errors else None,
            **scores,
        )


def _unchanged(unit: Any) -> Any:
    """Return a unit unchanged; torch's default would convert it to tensors."""
    return unit


def networks_of(parts: Iterable[object]) -> list[nn.Module]:
    """Return the distinct networks in the attribute `network` of sources and filters."""
    networks = [getattr(part, "network", None) for part in parts]
    return list(
        {id(network): network for network in networks if isinstance(network, nn.Module)}.values()
    )


def work(worker: Worker, trainer: Trainer) -> None:
    """Make blocks on all ranks until nothing is missing, then complete the folder on rank 0."""
    while True:
        try:
            with keyboard_interrupts():
                trainer.predict(worker, return_predictions=False)
        finally:
            worker.stop()
        missing = worker.folder.missing() if trainer.is_global_zero else []
        if not trainer.strategy.broadcast(missing):
            break
    if trainer.is_global_zero:
        worker.folder.close()
    trainer.strategy.barrier()
