"""Damaged and hostile YAML for `--config` and `--plan-file`, for the study `fuzz_configs`."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import yaml

# A loader that builds objects would run these; the study looks for the file they create.
MARK = "executed"
CODE = (
    f"!!python/object/apply:os.system ['touch {MARK}']",
    f"!!python/object/apply:subprocess.check_output [[touch, {MARK}]]",
    f"!!python/object/new:os.system [touch {MARK}]",
    "!!python/name:os.system",
)
BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
VALUES: tuple[Any, ...] = (
    *(None, "", -1, 0, 1, 2**31, 10**30, -(10**30), 0.5, 1e308, -1e-308, True, False),
    *(float("nan"), float("inf"), float("-inf"), [], {}, [[]], [1, "x", None], {"x": 1}),
    *("none", "auto", "../../etc/passwd", "/dev/zero", "x" * 10_000, "ünï\u202ecode", "a\nb", "\0"),
    *("os.system", "ganaug.models.gan.GAN", "torch.nn.Linear", "datamodules.mnist.MNISTDataModule"),
    {"class_path": "os.system", "init_args": {"command": f"touch {MARK}"}},
    {"class_path": "ganaug.models.vae.VAE"},
)
Tree = dict[str, Any]
Damage = Callable[[str, random.Random], str]


def replaced(text: str, rng: random.Random) -> str:
    """Replace a value."""
    tree, holder, key = _somewhere(text, rng)
    holder[key] = rng.choice(VALUES)
    return _written(tree)


def dropped(text: str, rng: random.Random) -> str:
    """Remove a key."""
    tree, holder, key = _somewhere(text, rng)
    del holder[key]
    return _written(tree)


def added(text: str, rng: random.Random) -> str:
    """Add an unknown key, or one of another part."""
    tree, holder, key = _somewhere(text, rng)
    names: list[Any] = [f"{key}"[::-1], "model", "trainer", "class_path", "", "x" * 300, 7]
    holder[rng.choice(names)] = rng.choice(VALUES)
    return _written(tree)


def doubled(text: str, rng: random.Random) -> str:
    """Repeat a line."""
    lines = text.splitlines()
    index = rng.randrange(len(lines))
    return "\n".join([*lines[: index + 1], *lines[index:]])


def coded(text: str, rng: random.Random) -> str:
    """Replace a value by code."""
    placeholder = "PLACE OF THE CODE"
    tree, holder, key = _somewhere(text, rng)
    holder[key] = placeholder
    return _written(tree).replace(placeholder, rng.choice(CODE))


def garbled(text: str, rng: random.Random) -> str:
    """Change a few characters."""
    letters = list(text)
    for _ in range(rng.randint(1, 8)):
        letters[rng.randrange(len(letters))] = rng.choice(":-[]{}&*!|>'\"%@`#,\t\n \0é\x85\u2028")
    return "".join(letters)


def cut(text: str, rng: random.Random) -> str:
    """Truncate a text at a random position."""
    return text[: rng.randrange(len(text))]


def blown_up(text: str, rng: random.Random) -> str:
    """Add an alias bomb, deep nesting, a cyclic alias, or far too many values."""
    key = rng.choice(["x", "model", "trainer"])
    return rng.choice(
        [
            f"{BOMB}{text}",
            f"{text}\n{key}: {'[' * 3000}{']' * 3000}\n",
            f"{text}\n{key}: &loop [*loop]\n",
            f"{text}\n{key}: [{'0, ' * 50_000}]\n",
        ]
    )


DAMAGES: tuple[Damage, ...] = (
    *(replaced, replaced, replaced, dropped, added, doubled, coded, garbled, cut, blown_up),
)


def damaged(seed: int, number: int, sources: Sequence[str]) -> str:
    """Return a damaged text, a function of the seed and its number; sources are used in turn."""
    rng = random.Random(f"{seed} {number}")
    return rng.choice(DAMAGES)(sources[number % len(sources)], rng)


def _somewhere(text: str, rng: random.Random) -> tuple[Tree, Tree, Any]:
    """Return the tree, and a random mapping in it with one of its keys."""
    tree = yaml.safe_load(text)
    positions: list[tuple[Tree, Any]] = []
    stack = [tree]
    while stack:
        holder = stack.pop()
        positions += [(holder, key) for key in holder]
        stack += [value for value in holder.values() if isinstance(value, dict)]
    return tree, *rng.choice(positions)


def _written(tree: Tree) -> str:
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
