"""Hostile files to upload instead of a video: `python -m tests.attacks.corpus FOLDER` writes them.

Files that refer to others refer to `secret.mp4` and `secret.txt` in the same folder, and to a host that records its
requests.
"""

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.attacks import numbers, references
from tests.attacks.made import LIMIT, RENDERS, UNDECODABLE, Attack, Place, good

MUTATIONS = 50
"""Number of mutated videos."""


GROUPS: tuple[Callable[[Place], Iterator[Attack]], ...] = (
    references.playlists,
    references.texts,
    references.containers,
    references.archives,
    references.pictures,
    references.sounds,
    numbers.huge,
    numbers.long,
    numbers.truncated,
    numbers.crafted,
    numbers.codecs,
)
"""The groups of crafted files."""


def mutation(seed: int, number: int) -> Attack:
    """A good video with 1, 8 or 64 bytes changed at random: it renders, or is refused."""
    rng = random.Random(seed * 1_000_003 + number)  # noqa: S311  no secret
    data = bytearray(good(faststart=True))
    start = 0 if number % 2 else data.index(b"moov")
    for _ in range(rng.choice((1, 8, 64))):
        data[rng.randrange(start, len(data))] = rng.randrange(256)
    return Attack(f"mutation-{number}.mp4", bytes(data), frozenset({RENDERS, UNDECODABLE, LIMIT}))


def main() -> None:
    """Write all files into the folder on the command line."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    place = Place("http://127.0.0.1:9", folder)
    crafted = (attack for group in GROUPS for attack in group(place))
    for attack in (*crafted, *(mutation(0, number) for number in range(MUTATIONS))):
        (folder / attack.name).write_bytes(attack.content)


if __name__ == "__main__":
    main()
