"""Training: games, step and learning rate schedules, EMA, transfer, checkpoints."""
