"""Media URLs: four spellings of an S3 object, and everything that is none."""

import pytest

from worker.job import ErrorCode, HttpLocation, PermanentError, S3Location, parse_location


@pytest.mark.parametrize(
    "url",
    [
        "s3://hospup-files/videos/21/piscine été+1.MOV",
        "https://s3.eu-west-1.amazonaws.com/hospup-files/videos/21/piscine%20%C3%A9t%C3%A9+1.MOV",
        "https://s3-eu-west-1.amazonaws.com/hospup-files/videos/21/piscine été+1.MOV",
        "https://hospup-files.s3.eu-west-1.amazonaws.com/videos/21/piscine%20été%2B1.MOV?X-Amz-Expires=60",
        "https://hospup-files.s3.amazonaws.com/videos/21/piscine%20été+1.MOV",
    ],
)
def test_spellings_of_one_object(url: str) -> None:
    assert parse_location(url) == S3Location("hospup-files", "videos/21/piscine été+1.MOV")


def test_a_bucket_with_dots() -> None:
    assert parse_location("https://my.files.s3.eu-west-1.amazonaws.com/a") == S3Location("my.files", "a")


def test_a_key_may_hold_what_a_url_would_split_at() -> None:
    assert parse_location("s3://hospup-files/a?b#c%20d") == S3Location("hospup-files", "a?b#c%20d")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://cdn.example.com/a.mp4", "cdn.example.com"),
        ("https://s3.eu-west-1.amazonaws.com@evil.example/hospup-files/a", "evil.example"),
        ("https://s3.eu-west-1.amazonaws.com.evil.example/hospup-files/a", "s3.eu-west-1.amazonaws.com.evil.example"),
        ("http://169.254.170.2/v2/credentials", "169.254.170.2"),
    ],
)
def test_any_other_host_is_just_a_host(url: str, host: str) -> None:
    assert parse_location(url) == HttpLocation(url, host)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pool.mp4",
        "file:///etc/passwd",
        "s3://hospup-files",
        "s3://hospup-files/",
        "s3://UPPER/a",
        "https:///a",
        "http://[::1/a",
    ],
)
def test_what_is_no_location(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_location(url, "/segments/0/video_url")
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.INVALID_MESSAGE, "/segments/0/video_url")
