"""Membership inference: whether a set reveals which real images its model was fitted on."""
