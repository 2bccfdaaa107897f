"""Finding the index of an MP4 file, among boxes drawn by chance and nonsense."""

from hypothesis import given
from hypothesis import strategies as st

from worker.media.mp4_boxes import find_index, is_whole


def box(kind: bytes, content: bytes, *, large: bool = False) -> bytes:
    if large:
        return (1).to_bytes(4) + kind + (len(content) + 16).to_bytes(8) + content
    return (len(content) + 8).to_bytes(4) + kind + content


BEFORE = st.tuples(
    st.sampled_from([b"ftyp", b"free", b"wide", b"mdat", b"uuid"]), st.binary(max_size=40), st.booleans()
)


@given(st.lists(BEFORE, max_size=8), st.binary(min_size=8, max_size=40), st.booleans(), st.binary(max_size=20))
def test_the_index_is_found_behind_other_boxes(
    before: list[tuple[bytes, bytes, bool]], index: bytes, large: bool, after: bytes
) -> None:
    start = b"".join(box(kind, content, large=is_large) for kind, content, is_large in before)
    moov = box(b"moov", index, large=large)
    file = start + moov + after
    assert find_index(lambda offset, count: file[offset : offset + count], len(file)) == (
        len(start),
        len(start) + len(moov),
    )


@given(st.binary(max_size=200), st.integers(0, 1 << 64))
def test_nonsense_has_none_or_one_inside_the_file(content: bytes, size: int) -> None:

    def read(offset: int, count: int) -> bytes:
        return content[offset : offset + count]

    found = find_index(read, size)
    assert found is None or (0 <= found.begin < found.end <= size and is_whole(read, found) in {True, False})


def test_a_file_of_fragments_has_no_index_of_the_whole() -> None:
    file = box(b"ftyp", b"isom") + box(b"moof", b"x" * 20) + box(b"moov", b"x" * 20)
    assert find_index(lambda offset, count: file[offset : offset + count], len(file)) is None


@given(st.lists(BEFORE, max_size=8), st.booleans())
def test_the_index_of_a_file_of_fragments_is_not_the_whole(
    before: list[tuple[bytes, bytes, bool]], fragmented: bool
) -> None:
    inner = b"".join(box(kind, content, large=large) for kind, content, large in before)
    file = box(b"moov", inner + (box(b"mvex", b"") if fragmented else b""))

    def read(offset: int, count: int) -> bytes:
        return file[offset : offset + count]

    index = find_index(read, len(file))
    assert index is not None
    assert is_whole(read, index) is not fragmented
