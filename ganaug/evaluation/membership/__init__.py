"""Membership inference: can one tell from a set which real images a model was fitted on?"""
