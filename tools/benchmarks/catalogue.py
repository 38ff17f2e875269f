"""All studies by name: how long they fit, what they measure, and the code that they depend on."""

from collections.abc import Callable
from functools import partial

from benchmarks import (
    advice,
    budgets,
    fuzz,
    memorization,
    metrics,
    photographs,
    pretrained,
    privacy,
    scarce,
    significance,
    speed,
    stopping,
    synthesis,
    threads,
    worth,
)
from benchmarks.by_hand import BY_HAND
from benchmarks.feature_network import ranks
from benchmarks.step_profiles import all_profiles
from benchmarks.study import EVALUATE, FIT, SYNTHESIZE, Metrics, Study, Workspace
from benchmarks.sweep import sunflowers, sweep
from ganaug.models.registry import models

# Settings for the full MNIST, whose epoch is three epochs of the sample. With the sample, the
# number of epochs is that of the configuration.
FULL = "--data.root $mnist --trainer.max_epochs"


def on_digits(measure: Callable[[Workspace], Metrics], settings: str, epochs: int) -> Study:
    """Return a study of a model on MNIST."""
    return Study(measure, settings, f"{FULL} {epochs}", files=EVALUATE)


FEW_LABELS = "--data.labels_per_class 10 --data.batch_size 200 --data.subset_seed $seed"
QUICK_MODEL = "--model dcgan --data.per_class 100 --trainer.max_epochs 1"
LAPGAN = "--model lapgan --data image_folder --data.root $photographs --data.image_size 64"
PACE = (*FIT, "ganaug/models/dcgan.py", "configs/dcgan.yaml", "tools/benchmarks/timed_fit.py")
PLAIN_LOOPS = "tools/benchmarks/plain_loops.py"
READ = ("datamodules/reading",)
SETTINGS = (
    "ganaug/cli",
    "ganaug/training",
    "ganaug/synthesis/plan.py",
    "ganaug/utils/safe_yaml.py",
)

STUDIES: dict[str, Study] = {
    "gan": on_digits(
        metrics.digits_fidelity, "--model gan --config $recipes/gan_mnist.yaml", epochs=20
    ),
    "cgan": on_digits(metrics.labels_hold, "--model cgan", epochs=24),
    "dcgan": on_digits(metrics.nearest_neighbor, "--model dcgan", epochs=13),
    "acgan": on_digits(metrics.labels_hold, "--model acgan", epochs=8),
    "wgan_gp": on_digits(metrics.critic_follows, "--model wgan_gp", epochs=6),
    "r3gan": on_digits(metrics.labels_hold, "--model r3gan", epochs=8),
    "lapgan": Study(metrics.finer_than_coarse, f"{LAPGAN} --trainer.max_epochs 3", files=EVALUATE),
    "sgan": on_digits(metrics.few_labels, f"--model sgan {FEW_LABELS}", epochs=16),
    "vae": on_digits(metrics.bound, "--model vae --model.conditional false", epochs=16),
    "cyclegan": on_digits(metrics.change_undone, "--model cyclegan", epochs=1),
    "sunflowers_mlp": Study(sweep, sunflowers(0.01, 10), files=(*EVALUATE, "ganaug/models/gan.py")),
    **scarce.STUDIES,
    **photographs.STUDIES,
    **worth.STUDIES,
    **pretrained.STUDIES,
    **advice.STUDIES,
    **{
        f"training_pace_{w}": Study(partial(speed.training_pace, w), files=(*PACE, PLAIN_LOOPS))
        for w in speed.WIDTHS
    },
    "data_path": Study(speed.data_path, files=PACE),
    "monitoring_cost": Study(speed.monitoring_cost, files=(*PACE, *EVALUATE)),
    "first_batch": Study(speed.first_batch, files=("ganaug", "datamodules")),
    "step_profiles": Study(all_profiles, files=(*FIT, "ganaug/models", "configs")),
    **{
        f"resume_{model}": Study(
            partial(stopping.resume, model),
            stopping.settings_of(model),
            files=("ganaug/training", "ganaug/callbacks"),
        )
        for model in models()
    },
    **{
        f"budget_{model}": Study(partial(budgets.kept_budget, model), files=(*FIT, "configs"))
        for model in models()
    },
    "threads": Study(threads.paces, files=("ganaug/cli/quiet_threads.py",)),
    "main_job_in_time": Study(
        metrics.labels_hold,
        "--model dcgan",
        files=(*FIT, *EVALUATE),
        printed=metrics.labels_as_printed,
    ),
    "memory": Study(stopping.memory, files=(*PACE, "ganaug/callbacks")),
    "synthesis_pace": Study(synthesis.pace, QUICK_MODEL, files=SYNTHESIZE),
    "synthesis_memory": Study(synthesis.memory, QUICK_MODEL, files=SYNTHESIZE),
    "synthesis_two_processes": Study(synthesis.two_processes, QUICK_MODEL, files=SYNTHESIZE),
    "synthesis_kills": Study(synthesis.kills, QUICK_MODEL, files=SYNTHESIZE),
    "memorization_filter": Study(memorization.by_the_filter, files=(*EVALUATE, *SYNTHESIZE)),
    **{
        f"copies_found_by_{name}": Study(memorization.found_of_each_kind(name), files=EVALUATE)
        for name in ("domain", "imagenet", "lite2")
    },
    "evaluate_pace": Study(synthesis.evaluate_pace, QUICK_MODEL, files=EVALUATE),
    "feature_network_ranks": Study(ranks, files=EVALUATE),
    **significance.STUDIES,
    **privacy.STUDIES,
    "fuzz_images": Study(fuzz.images, files=(*READ, "tools/benchmarks/hostile_images.py")),
    "fuzz_configs": Study(fuzz.settings, files=(*SETTINGS, "tools/benchmarks/hostile_settings.py")),
}


def files_of(name: str) -> tuple[str, ...]:
    """Return the files and folders that a study measures; empty for an unknown study."""
    return STUDIES[name].measured if name in STUDIES else BY_HAND.get(name, ())
