"""Explorations of a fitted model: walks between latents, arithmetic, projection, inpainting."""
