"""Training: games, whose turn it is, EMA, schedules, transfer, checkpoints."""
