"""Files that people, or worse, upload instead of a hotel's video: `python -m tests.attacks.corpus FOLDER` writes them.

Where a file refers to others, these are `secret.mp4` and `secret.txt`, its neighbours, and a host that counts its
visitors.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.attacks import numbers, references
from tests.attacks.made import LIMIT, RENDERS, UNDECODABLE, Attack, Place, good

MUTATIONS = 50


def attacks(place: Place) -> Iterator[Attack]:
    """All that are made on purpose."""
    yield from references.playlists(place)
    yield from references.texts(place)
    yield from references.containers(place)
    yield from references.archives(place)
    yield from references.pictures(place)
    yield from references.sounds(place)
    yield from numbers.huge()
    yield from numbers.long()
    yield from numbers.truncated()
    yield from numbers.crafted(place)
    yield from numbers.codecs()


def mutations(seed: int) -> Iterator[Attack]:
    """A good video with bytes of it changed at random: it plays, or is refused."""
    for number in range(MUTATIONS):
        dice = random.Random(seed * 1_000_003 + number)  # noqa: S311  no secret
        data = bytearray(good(faststart=True))
        start = 0 if number % 2 else data.index(b"moov")
        for _ in range(dice.choice((1, 8, 64))):
            data[dice.randrange(start, len(data))] = dice.randrange(256)
        yield Attack(f"mutation-{number}.mp4", bytes(data), frozenset({RENDERS, UNDECODABLE, LIMIT}))


def main() -> None:
    """Write all files into the folder that is named."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for attack in (*attacks(Place("http://127.0.0.1:9", folder)), *mutations(0)):
        (folder / attack.name).write_bytes(attack.content)


if __name__ == "__main__":
    main()
