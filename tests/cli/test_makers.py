"""Which makers a plan may name, said before anything is read or made."""

import argparse

import pytest
import torch
from torch import nn

from ganaug.cli.synthesize_plan import refuse_unable, refuse_unread
from ganaug.models.vae import VAE
from ganaug.utils.errors import UsageError

COUNTS = {"a": 5, "b": 1}


@pytest.fixture
def vae():
    torch.manual_seed(0)
    return VAE(image_size=8, latent_dim=4, hidden=(8,), num_classes=2)


def options(**given):
    usual = {"augmentation": "light", "truncation": None, "sources": None, "data_root": None}
    usual |= {"max_tries": None, "gate": []}
    return argparse.Namespace(**{**usual, **given})


def test_a_vae_goes_between_images_where_there_are_two(vae):
    refuse_unable(vae, "generator", {"generator": COUNTS, "smote": {"a": 3, "b": 0}}, COUNTS)
    with pytest.raises(UsageError, match="class 'b' has a single real image, and the maker"):
        refuse_unable(vae, "generator", {"smote": {"a": 3, "b": 1}}, COUNTS)


def test_a_model_without_an_encoder_says_what_to_fit():
    with pytest.raises(UsageError, match=r"Linear has no encoder: fit one with --model vae"):
        refuse_unable(nn.Linear(1, 1), "generator", {"smote": {"a": 3}}, COUNTS)


def test_a_maker_that_there_is_not(vae):
    with pytest.raises(UsageError, match="'smite' is none of generator, albumentations, smote"):
        refuse_unable(vae, "generator", {"smite": {"a": 3}}, COUNTS)


def test_tries_need_a_gate():
    refuse_unread(options(max_tries=3, gate=["copies"]), {"generator": {"a": 3}})
    with pytest.raises(UsageError, match="--max-tries is of images that a --gate turns away"):
        refuse_unread(options(max_tries=3), {"generator": {"a": 3}})


def test_truncation_needs_a_maker_that_draws_latents():
    refuse_unread(options(truncation=1.0), {"generator": {"a": 3}, "smote": {"a": 3}})
    with pytest.raises(UsageError, match="--truncation is of drawn latents, and smote draws none"):
        refuse_unread(options(truncation=1.0), {"smote": {"a": 3}})
