"""`python -m tests.chaos.run --runs 1000 --seed 1`: many worlds, a few at a time; ends with the seeds that failed."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import imageio_ffmpeg

from embedded.aws import EmbeddedAws
from tests.chaos.invariants import is_settled, violations
from tests.chaos.scenarios import Scenario, by_chance
from tests.chaos.world import World

AT_A_TIME = 6
"""They mostly wait."""


def make_clip(folder: Path) -> Path:
    """A second of moving picture with a tone."""
    path = folder / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=96x96:rate=25:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *sound, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path


def play(aws: EmbeddedAws, clip: Path, scenario: Scenario) -> list[str]:
    """One world from its start to its end. Returns what did not hold."""
    world = World(aws, clip, scenario.plan, scenario.moods, scenario.on_heard, scenario.environments)
    with world:
        scenario.messages(world)
        has_settled = world.settle(lambda: is_settled(world), scenario.seconds)
        found = violations(world)
        if not has_settled:
            found.insert(0, f"it did not settle within {scenario.seconds:g} s: {world.standing()}")
        if found:
            found += [line[:400] for line in world.logs()][-60:]
        return found


def play_all(aws: EmbeddedAws, clip: Path, scenarios: Mapping[str, Scenario]) -> Iterator[tuple[str, list[str]]]:
    """Name and violations of each, as they end."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        running = {pool.submit(play, aws, clip, scenario): name for name, scenario in scenarios.items()}
        for done in as_completed(running):
            yield running[done], done.result()


def main() -> int:
    """Returns 0 where everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each has the next one")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.runs)
    failed = []
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws(log=Path(folder) / "aws.log") as aws:
        clip = make_clip(Path(folder))
        scenarios = {str(seed): by_chance(seed) for seed in seeds}
        for count, (seed, found) in enumerate(play_all(aws, clip, scenarios), 1):
            if found:
                failed.append(int(seed))
                print(f"seed {seed}:", *found, sep="\n  ", flush=True)
            if count % 20 == 0:
                print(f"{count} of {options.runs}, {len(failed)} failed", flush=True)
    print(f"{options.runs} runs in {time.monotonic() - begin:.0f} s; failed seeds: {sorted(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
