"""synthesize: generate a synthetic data set with a fitted model or another method."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datamodules.notes import notes_once
from ganaug.synthesis.content_credentials import Signature
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.diffusion import STRENGTH, DiffusionSettings
from ganaug.synthesis.filters.registry import asked_filters, build_filters
from ganaug.synthesis.plan import Plan
from ganaug.synthesis.planning import Amounts, checked_plan
from ganaug.synthesis.provenance import fitted_facts, manifest_facts, said
from ganaug.synthesis.writer.occupied import refuse_other_run
from ganaug.utils.choices import takes_choices
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import only_writer
from ganaug.utils.several import several_names
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from ganaug.training.checkpoints import Checkpoint
    from ganaug.training.run import Run


@takes_paths(
    *("model", "out", "plan_file", "sources", "pipeline", "lora", "work", "data_root"),
    *("c2pa_certificate", "c2pa_key"),
)
@takes_choices
@notes_once()
def synthesize(
    model: "str | Path | Run | Checkpoint | None" = None,
    out: str | Path | None = None,
    *,
    per_class: int | None = None,
    multiply: float | None = None,
    synthetic_fraction: float | None = None,
    sampling_strategy: str | float | Mapping[str, int] | None = None,
    plan_file: str | Path | None = None,
    method: str = "model",
    augmentation: str = "light",
    sources: str | None = None,
    image_size: int | None = None,
    pipeline: str | None = None,
    prompt: str | None = None,
    lora: str | None = None,
    guidance_scale: float | None = None,
    steps: int | None = None,
    pipeline_size: int | None = None,
    with_real: bool | Literal["resized"] = False,
    filters: str | Sequence[str] = (),
    filter_features: Literal["domain", "imagenet", "lite2"] = "domain",
    private: bool = False,
    max_attempts: int | None = None,
    truncation: float | None = None,
    strength: float | None = None,
    inversion_steps: int | None = None,
    seed: int = 0,
    format: Literal["png", "jpeg", "webp"] = "png",  # noqa: A002 - the file format's usual name
    layout: Literal["folder", "webdataset"] = "folder",
    work: str | Path | None = None,
    data_root: str | None = None,
    license: str | None = None,  # noqa: A002 - what it is called everywhere
    source_note: str | None = None,
    mark: bool = True,
    c2pa_certificate: str | None = None,
    c2pa_key: str | None = None,
    dry_run: bool = False,
    accelerator: str = "auto",
    devices: str | int = "1",
    num_nodes: int = 1,
    strategy: str = "auto",
    on_plan: Callable[[Plan], None] | None = None,
    on_shortage: Callable[[str], None] | None = None,
) -> SyntheticDataset | Any:  # `Any`: a plan, for a dry run alone, which no caller has to check
    """Write a synthetic dataset: a folder of images with one subfolder per class.

    By default it has as many synthetic images as real ones in every class. With the same fraction
    in every class, a classifier can't learn that "looks synthetic" means a certain class.

    After an interruption, the same call resumes and writes the same files: an image depends only on
    the checkpoint, the seed, its class and its index.

    Args:
        model: a checkpoint, or the folder of a run. The methods albumentations and diffusers need
            none if `sources` or `data_root` gives the real images; the method folder needs a model
            or `data_root` only for filters
        out: the folder to write: new, empty, or begun by the same call. Also an address such as
            s3://bucket/set
        per_class: synthetic images of every class, in addition to the real ones
        multiply: factor by which every class grows, including the real images
        synthetic_fraction: fraction of synthetic images in every class
        sampling_strategy: fill up small classes, as in imbalanced-learn: auto, minority, 'not
            minority', 'not majority' or all; a ratio for two classes; or '{"class": final count}'
        plan_file: YAML file with the number of images per class (and method)
        method: how to make images: model, variations (of real images), albumentations, smote or
            diffusers; or folder, which imports images of another program from `sources`
        augmentation: for the method albumentations: name or file of the augmentation
        sources: for dagan, or without a model: folder of images to start from, of any classes. For
            the method folder: images that another program made, with classes that match the real
            images of the model or of `data_root`
        image_size: without a model: side of the images in pixels; 64 by default
        pipeline: for diffusers: folder of a pipeline, or its name on the Hugging Face hub
        prompt: for diffusers: text for the images, in which {class} stands for the class name; 'a
            photo of a {class}' by default
        lora: for diffusers: safetensors file of LoRA weights
        guidance_scale: for diffusers: how closely images follow the text
        steps: for diffusers: denoising steps
        pipeline_size: for diffusers: side in pixels of the images that the pipeline works on; the
            images are then resized to the size of the set
        with_real: add the real training images as copies of their files (converted in shards of
            another format); `resized` adds them at the model's size and in the set's format
        filters: filters that an image must pass, one or several: agreement=0.5, useful=0.9,
            realism=0.5, rejection=0.5, memorized, private=0.05, duplicates, outliers
        filter_features: features by which memorized, private, duplicates and outliers compare
            images: of a network trained on the real images (domain) or, for photos, on ImageNet
            (imagenet, lite2)
        private: leave out images that could reveal which images were trained on (the filter
            private), and print how many
        max_attempts: maximum number of images generated for each one needed, if filters reject
            some; 10 by default
        truncation: largest absolute value in a latent; smaller values make images more typical
        strength: for variations: how far to move from the real image in the latent space, from 0 (a
            reconstruction) to 1 (an ordinary sample); 0.3 by default. For diffusers: how much a
            real image is changed, above 0; 0.5 by default with `sources`. Without `strength` and
            `sources`, diffusers generates images from the text alone
        inversion_steps: for variations: steps of the search for the latent of a real image; 200 by
            default
        seed: seed of the images; the same seed gives the same images
        format: file format of the images
        layout: files in folders, or WebDataset shards
        work: folder in which to build a set for an address
        data_root: where the real images are now, if they have moved
        license: license of the set, for its card: an SPDX name such as CC-BY-4.0
        source_note: where the real images come from, for the card
        mark: mark each synthetic image file as synthetic, and name the tool that made it (XMP
            metadata)
        c2pa_certificate: file of your certificates (PEM), to sign the marks as Content Credentials
        c2pa_key: file of the certificate's private key (PEM)
        dry_run: return the plan without generating anything
        accelerator: where to generate: auto, cpu or gpu (Lightning's)
        devices: number of processes or GPUs (Lightning's)
        num_nodes: number of machines (Lightning's)
        strategy: how processes work together; auto is nearly always right (Lightning's)
        on_plan: called with the plan on the first process, before images are generated
        on_shortage: called with each warning about classes that filters left empty or short of
            images, which are printed by default

    Returns:
        The set, or with `dry_run` the plan.

    Raises:
        UsageError: A setting doesn't fit the model or the data, something can't be written, or
            another process is writing to `out`.

    Example:
        >>> dataset = synthesize("runs/dcgan/version_0", "more", per_class=8)
        >>> dataset.counts["7"], len(dataset)
        (8, 80)
    """
    if out is None and not dry_run:
        raise UsageError("out is missing; give the folder to write")
    if sources and data_root and method != "folder":
        raise UsageError("`sources` and data_root both say where the images are; give one")
    amounts = Amounts(per_class, multiply, synthetic_fraction, plan_file, sampling_strategy)
    # Modules that load torch are imported here, so that the command line responds at once.
    from datamodules.console import say
    from ganaug.synthesis.context import Context
    from ganaug.synthesis.expansion import MAX_ATTEMPTS, expand
    from ganaug.synthesis.outcome import report_outcome
    from ganaug.synthesis.output import Output
    from ganaug.synthesis.trainer import trainer_of
    from ganaug.training import hardware
    from ganaug.training.checkpoints import load

    with hardware.process_restored():
        hardware.filter_warnings()
        diffusion = DiffusionSettings(
            pipeline=pipeline,
            prompt=prompt,
            # Without a pipeline, strength belongs to the method variations.
            strength=(STRENGTH if sources and strength is None else strength) if pipeline else None,
            lora=lora,
            guidance_scale=guidance_scale,
            steps=steps,
            pipeline_size=pipeline_size,
        )
        filter_names = several_names(filters, "filters")
        filter_values = asked_filters(filter_names, private=private, max_attempts=max_attempts)
        signature = Signature.read(c2pa_certificate, c2pa_key)
        trainer = trainer_of(accelerator, devices, num_nodes, strategy)
        context = Context(
            None if model is None else load(model),
            seed=seed,
            truncation=truncation,
            strength=strength,
            inversion_steps=inversion_steps,
            augmentation=augmentation,
            sources=None if method == "folder" else sources,
            folder=sources if method == "folder" else None,
            data_root=data_root,
            filters=filter_values,
            filter_features=filter_features,
            resize_real=with_real == "resized",
            real_format=format if layout == "webdataset" else None,
            image_size=image_size,
            diffusion=diffusion,
            device=trainer.strategy.root_device,
        )
        plan = checked_plan(context, amounts, method, with_real=bool(with_real))
        output = Output.of(str(out), layout, work, reached=not dry_run) if out else None
        if output is not None:
            known_facts = {"plan": plan.images, "seed": seed, "format": format}
            refuse_other_run(output.folder, known_facts | fitted_facts(context))
        show = on_plan if on_plan is not None and trainer.is_global_zero else lambda _: None
        if dry_run or output is None:
            show(plan)
            return plan
        built_sources = context.build_sources(plan.images)
        built_filters = build_filters(context.filters, context)
        show(plan)
        with only_writer(output.folder) if trainer.is_global_zero else nullcontext():
            manifest = expand(
                built_sources,
                plan.images,
                output.folder,
                filters=built_filters,
                max_attempts=MAX_ATTEMPTS if max_attempts is None else max_attempts,
                facts=manifest_facts(context, trainer, output.folder)
                | said(license=license, source_note=source_note),
                mark=mark,
                signature=signature,
                kind=format,
                trainer=trainer,
            )
            if trainer.is_global_zero:
                report_outcome(manifest, output.folder, on_shortage or say)
                output.hand_over()
    return SyntheticDataset.open(output.folder)
