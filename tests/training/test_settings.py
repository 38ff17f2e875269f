"""What a class takes: its own arguments, and those of ours that it extends."""

from ganaug.callbacks.sample_grid import SampleGrid
from ganaug.models.dcgan import DCGAN
from ganaug.training.settings import parameters_of


def test_arguments_are_those_of_all_classes_of_ours():
    found = parameters_of(DCGAN)
    assert {"width", "latent_dim", "generator_lr", "beta1"} <= found.keys()
    assert found["latent_dim"].default == 100  # the model's own, before that of what it extends
    assert "self" not in found
    assert parameters_of(SampleGrid).keys() == {
        "every_epochs",
        "every_batches",
        "every_minutes",
        "columns",
        "max_rows",
    }


def test_what_is_no_class_takes_nothing():
    assert parameters_of(len) == {}
