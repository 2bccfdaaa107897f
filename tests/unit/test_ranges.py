"""Arithmetic of byte ranges, against sets of numbers."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from worker.probe.model import ByteRange
from worker.probe.ranges import cut, join, total, without

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda two: ByteRange(two[0], sum(two))))


def numbers(ranges: Iterable[ByteRange]) -> set[int]:
    return {number for begin, end in ranges for number in range(begin, end)}


@given(RANGES)
def test_joined_ranges_hold_the_same_once(ranges: list[ByteRange]) -> None:
    joined = join(ranges)
    assert numbers(joined) == numbers(ranges)
    assert total(joined) == len(numbers(ranges))
    assert all(one.end < other.begin for one, other in pairwise(joined))


@given(RANGES, st.integers(1, 9))
def test_ranges_near_each_other_are_joined(ranges: list[ByteRange], gap: int) -> None:
    joined = join(ranges, gap)
    assert numbers(ranges) <= numbers(joined)
    assert all(one.end + gap < other.begin for one, other in pairwise(joined))


@given(RANGES, RANGES)
def test_what_is_present_is_left_out(ranges: list[ByteRange], present: list[ByteRange]) -> None:
    assert numbers(without(ranges, present)) == numbers(ranges) - numbers(present)


@given(RANGES, st.integers(1, 9))
def test_parts_are_short_and_hold_the_same(ranges: list[ByteRange], part_bytes: int) -> None:
    parts = list(cut(ranges, part_bytes))
    assert numbers(parts) == numbers(ranges)
    assert all(0 < end - begin <= part_bytes for begin, end in parts)
