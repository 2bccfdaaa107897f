"""Which images the registry keeps, by AWS's rules."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.infra.image_registry import Repository
from tests.infra.stack import Stack

EVENTS = st.lists(
    st.tuples(st.sampled_from(["push", "push", "release", "fail", "rest"]), st.integers(0, 40)), max_size=80
)
"""What happens in a fleet's life: an image is pushed, one is released, a release is rolled back, nothing; with a number
that chooses among the images."""


def policy(stack: Stack) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(stack.resource("aws_ecr_lifecycle_policy.worker")["policy"])
    return found


class Fleet:
    """A fleet that is released as documented: `hospup-video image push` marks what runs, before it pushes."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.running = ""
        self.pushed: list[str] = []

    def push(self, *parts: str) -> None:
        if self.running:
            self.repository.add_tag(self.running, f"released-{self.running}")
        self.pushed.append(f"v{len(self.pushed) + 1}")
        self.repository.push(self.pushed[-1], *parts)

    def release(self, number: int) -> None:
        there = [tag for tag in self.pushed if tag in self.repository]
        if there:
            self.running = there[number % len(there)]

    def night(self) -> None:
        self.repository.today += 1
        self.repository.expire()


@pytest.fixture
def fleet(prod: Stack) -> Fleet:
    return Fleet(Repository(policy(prod)))


@pytest.fixture(scope="module")
def make_fleet(prod: Stack) -> Callable[[], Fleet]:
    return lambda: Fleet(Repository(policy(prod)))


@given(events=EVENTS)
def test_the_image_in_use_is_never_deleted(make_fleet: Callable[[], Fleet], events: list[tuple[str, int]]) -> None:
    fleet = make_fleet()
    for event, number in events:
        if event == "push":
            fleet.push(*("arm64", "amd64", "attestation")[: number % 4])
        elif event == "release":
            fleet.release(number)
        # A release that is rolled back leaves the image running that ran before.
        fleet.night()
        assert not fleet.running or fleet.running in fleet.repository


def test_the_image_in_use_outlives_any_number_of_pushes(fleet: Fleet) -> None:
    fleet.push("arm64")
    fleet.release(0)
    for _ in range(40):
        fleet.push("arm64")
        fleet.night()
    assert "v1" in fleet.repository
    assert [tag for tag in fleet.pushed if tag in fleet.repository] == [
        "v1",
        *(f"v{number}" for number in range(32, 42)),
    ]


def test_ten_releases_are_kept_whatever_they_consist_of(fleet: Fleet) -> None:
    for _ in range(25):
        fleet.push("arm64", "amd64", "attestation-arm64", "attestation-amd64")
        fleet.release(-1)
        fleet.night()
    kept = [tag for tag in fleet.pushed if tag in fleet.repository]
    assert kept == [f"v{number}" for number in range(15, 26)]  # ten that have run, and the newest
    for _ in range(20):
        fleet.night()
    assert [tag for tag in fleet.pushed if tag in fleet.repository] == kept
    assert len(fleet.repository.names) == 5 * len(kept)


def test_what_has_no_tag_goes_after_two_weeks(fleet: Fleet) -> None:
    fleet.repository.leave("broken off")
    for day in range(1, 16):
        fleet.night()
        assert ("broken off" in fleet.repository.names) == (day <= 14)
