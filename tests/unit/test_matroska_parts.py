"""Finding the index of a Matroska file, and covering its holes, among elements drawn by chance and nonsense."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.media.matroska_layout import find_layout
from worker.media.matroska_voids import void, void_holes, voided_holes
from worker.probe.ebml import CLUSTER, EBML, SEGMENT, elements
from worker.probe.model import ByteRange, Read

SEEK_HEAD, TAGS, CUES, VOID = 0x114D9B74, 0x1254C367, 0x1C53BB6B, 0xEC

CONTENTS = st.binary(max_size=60)
BEFORE = st.lists(st.tuples(st.sampled_from([TAGS, VOID]), CONTENTS), max_size=6)
CLUSTERS = st.lists(CONTENTS, min_size=1, max_size=8)


def element(identifier: int, content: bytes) -> bytes:
    return identifier.to_bytes((identifier.bit_length() + 7) // 8) + (1 << 28 | len(content)).to_bytes(4) + content


def matroska(content: bytes) -> bytes:
    return element(EBML, b"") + element(SEGMENT, content)


def entry(identifier: int, place: int) -> bytes:
    return element(0x4DBB, element(0x53AB, identifier.to_bytes(4)) + element(0x53AC, place.to_bytes(8)))


def reading(content: bytes) -> Read:
    return lambda offset, count: content[offset : offset + count]


def file_of(before: Sequence[tuple[int, bytes]], clusters: Sequence[bytes], index: bytes, *, in_front: bool) -> bytes:
    """A file with its index before or behind its clusters, where its SeekHead says that it is."""
    others = b"".join(element(*each) for each in before)
    body = b"".join(element(CLUSTER, each) for each in clusters)
    cues = element(CUES, index)
    front = len(element(SEEK_HEAD, entry(CUES, 0))) + len(others)
    head = element(SEEK_HEAD, entry(CUES, front + (0 if in_front else len(body))))
    return matroska(head + others + (cues + body if in_front else body + cues))


@given(BEFORE, CLUSTERS, CONTENTS, st.booleans())
def test_the_index_is_found(
    before: list[tuple[int, bytes]], clusters: list[bytes], index: bytes, in_front: bool
) -> None:
    content = file_of(before, clusters, index, in_front=in_front)
    layout = find_layout(reading(content), len(content))
    assert layout is not None
    assert content[slice(*layout.cues)] == element(CUES, index)
    assert content[slice(*layout.first_cluster)] == element(CLUSTER, clusters[0])
    assert content[slice(*layout.content)] == content[len(matroska(b"")) :]
    assert layout.named == [layout.cues.begin]


@given(BEFORE, CLUSTERS, CONTENTS)
def test_an_index_in_front_needs_no_list(before: list[tuple[int, bytes]], clusters: list[bytes], index: bytes) -> None:
    others = b"".join(element(*each) for each in before)
    content = matroska(others + element(CUES, index) + b"".join(element(CLUSTER, each) for each in clusters))
    layout = find_layout(reading(content), len(content))
    assert layout is not None
    assert content[slice(*layout.cues)] == element(CUES, index)


@given(BEFORE, CLUSTERS, CONTENTS, st.integers(1, 60), st.integers(1, 60))
def test_a_file_that_is_cut_off_or_longer_has_none(
    before: list[tuple[int, bytes]], clusters: list[bytes], index: bytes, less: int, more: int
) -> None:
    content = file_of(before, clusters, index, in_front=True)
    assert find_layout(reading(content[:-less]), len(content) - less) is None
    assert find_layout(reading(content + bytes(more)), len(content) + more) is None


@given(BEFORE, CLUSTERS, CONTENTS, st.integers(0, (1 << 64) - 1))
def test_a_list_that_lies_names_none_or_a_true_one(
    before: list[tuple[int, bytes]], clusters: list[bytes], index: bytes, lie: int
) -> None:
    truth = file_of(before, clusters, index, in_front=False)
    begin = len(matroska(b""))
    for place in (lie, lie % len(truth)):
        head = element(SEEK_HEAD, entry(CUES, place))
        content = truth[:begin] + head + truth[begin + len(head) :]
        layout = find_layout(reading(content), len(content))
        assert layout is None or content[slice(*layout.cues)].startswith(CUES.to_bytes(4))


@given(st.binary(max_size=300), st.integers(0, 1 << 64))
def test_nonsense_has_none_or_one_inside_the_file(content: bytes, size: int) -> None:
    for nonsense in (content, matroska(content)):
        for end in (size, len(nonsense)):
            layout = find_layout(reading(nonsense), end)
            assert layout is None or 0 <= layout.cues.begin < layout.cues.end <= end


@given(st.integers(2, 1 << 40))
def test_an_empty_element_is_as_long_as_it_says(length: int) -> None:
    (first, *_) = elements(reading(void(length)), 0, length)
    assert (first.identifier, first.start, first.end) == (VOID, 0, length)


FILES = st.builds(
    lambda *drawn, in_front: file_of(*drawn, in_front=in_front), BEFORE, CLUSTERS, CONTENTS, in_front=st.booleans()
)


@given(content=FILES, data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_holes_are_covered_from_element_to_element(content: bytes, data: st.DataObject, tmp_path: Path) -> None:
    """The index, the first cluster and some others are there, and a beginning that ends anywhere."""
    layout = find_layout(reading(content), len(content))
    assert layout is not None
    found = list(elements(reading(content), *layout.content))
    others = data.draw(st.lists(st.sampled_from(found), max_size=4))
    chosen = [*(ByteRange(each.start, each.end) for each in others), layout.cues, layout.first_cluster]
    cut = data.draw(st.integers(layout.first_cluster.begin, len(content)))
    present = [ByteRange(0, cut), *chosen]
    sparse = bytearray(len(content))
    for each in present:
        sparse[slice(*each)] = content[slice(*each)]
    path = tmp_path / "media"
    path.write_bytes(sparse)
    with voided_holes(path, present):
        covered = path.read_bytes()
    assert path.read_bytes() == sparse
    void_holes(path, present)
    assert path.read_bytes() == covered
    for each in chosen:
        assert covered[slice(*each)] == content[slice(*each)]
    walked = list(elements(reading(covered), *layout.content))
    assert all(one.end == other.start for one, other in itertools.pairwise(walked))
    assert walked[-1].end == len(content)
    whole = {(each.start, each.end) for each in found}
    assert all(each.identifier == VOID or (each.start, each.end) in whole for each in walked)


@given(
    content=st.binary(max_size=200), present=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=4)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nonsense_keeps_its_size(content: bytes, present: list[tuple[int, int]], tmp_path: Path) -> None:
    path = tmp_path / "media"
    nonsense = file_of([], [content], content, in_front=True)[:-7] + content
    path.write_bytes(nonsense)
    void_holes(path, [ByteRange(*each) for each in present])
    assert path.stat().st_size == len(nonsense)
