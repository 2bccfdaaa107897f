"""`python -m tests.chaos.run --runs 1000 --seed 1`: run random scenarios, and print the seeds that failed.

`--long` runs outages of a quarter of an hour instead, at production's own pace.
"""

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
from tests.chaos.outages import long_outages
from tests.chaos.scenarios import Scenario, random_scenario
from tests.chaos.world import World

AT_A_TIME = 6
"""Scenarios that run at the same time. They mostly wait."""


def make_clip(folder: Path) -> Path:
    """Encode one second of moving picture with a tone."""
    path = folder / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=96x96:rate=25:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *sound, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path


def run_scenario(aws: EmbeddedAws, clip: Path, scenario: Scenario) -> list[str]:
    """Run one scenario in its own world. Returns one sentence per broken promise, then the end of the logs."""
    world = World(
        aws,
        clip,
        scenario.plan,
        scenario.answers,
        scenario.on_webhook,
        scenario.environments,
        dict(scenario.environment),
        scenario.has_helpers,
    )
    with world:
        scenario.messages(world)
        has_settled = world.settle(lambda: is_settled(world), scenario.seconds)
        found = violations(world) + scenario.broken_promises(world)
        if not has_settled:
            found.insert(0, f"it did not settle within {scenario.seconds:g} s: {world.describe()}")
        if found:
            found += [line[:400] for line in world.logs()][-60:]
        return found


def run_scenarios(
    aws: EmbeddedAws, clip: Path, scenarios: Mapping[str, Scenario], at_a_time: int
) -> Iterator[tuple[str, list[str]]]:
    """Run scenarios by name. Yields each name with its broken promises, as soon as it has ended."""
    with ThreadPoolExecutor(at_a_time) as pool:
        running = {pool.submit(run_scenario, aws, clip, scenario): name for name, scenario in scenarios.items()}
        for done in as_completed(running):
            yield running[done], done.result()


def main() -> int:
    """Returns 0 if every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run; each run has the next one")
    parser.add_argument("--long", action="store_true", help="outages of 15 minutes, at production's own pace")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.runs)
    scenarios = long_outages() if options.long else {f"seed {seed}": random_scenario(seed) for seed in seeds}
    at_a_time = len(scenarios) if options.long else AT_A_TIME
    failed = []
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws(log=Path(folder) / "aws.log") as aws:
        clip = make_clip(Path(folder))
        for count, (name, found) in enumerate(run_scenarios(aws, clip, scenarios, at_a_time), 1):
            if found:
                failed.append(name)
                print(f"{name}:", *found, sep="\n  ", flush=True)
            if count % 20 == 0:
                print(f"{count} of {len(scenarios)}, {len(failed)} failed", flush=True)
    print(f"{len(scenarios)} runs in {time.monotonic() - begin:.0f} s; failed: {', '.join(sorted(failed)) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
