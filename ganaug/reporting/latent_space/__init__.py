"""Looking into a fitted model: walks between latents, arithmetic, projection, filling in."""

from ganaug.reporting.latent_space.arithmetic import Attribute, combine, likeliest
from ganaug.reporting.latent_space.neighbours import as_pixels, nearest_real
from ganaug.reporting.latent_space.pictures import Row, captioned, write_picture, write_video
from ganaug.reporting.latent_space.search import Found, fill_in, find_latents
from ganaug.reporting.latent_space.walks import WALKS, walk

__all__ = [
    "WALKS",
    "Attribute",
    "Found",
    "Row",
    "as_pixels",
    "captioned",
    "combine",
    "fill_in",
    "find_latents",
    "likeliest",
    "nearest_real",
    "walk",
    "write_picture",
    "write_video",
]
