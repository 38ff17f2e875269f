"""Losses: plain functions of logits and images, each tested against its formula."""
