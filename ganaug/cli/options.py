"""Replacing settings in messages by options, such as `data.root` by `--data.root`."""

import re

GROUPS = "data|model|trainer|fidelity|agreement|memorization|stability|grid|video|save"
DOTTED = re.compile(rf"(?<![\w.`/-])((?:{GROUPS})\.[a-z0-9_]+)\b(?!\.\w|/)")

WORDS = re.compile(
    r"(?<![\w.`/-])(seed_everything|init_from|freeze_discriminator_layers|budget(?= is ))\b(?![./])"
)
# Options of this project have hyphens, those of Lightning underscores.
HYPHENATED = {
    "--init_from": "--init-from",
    "--freeze_discriminator_layers": "--freeze-discriminator-layers",
}


def with_options(text: str) -> str:
    """Replace settings in a text by options: `data.root` becomes --data.root."""
    text = text.replace("`plugins`", "--plugins")
    text = WORDS.sub(lambda match: HYPHENATED.get(f"--{match[1]}", f"--{match[1]}"), text)
    return DOTTED.sub(r"--\1", text)
