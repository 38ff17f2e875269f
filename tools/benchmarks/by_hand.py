"""Results that commands gave, rather than a study: what each measures, by its name in the store."""

BY_HAND: dict[str, tuple[str, ...]] = {}
