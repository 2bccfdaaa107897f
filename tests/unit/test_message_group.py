"""The message group of a job is always one that SQS accepts."""

import re

from hypothesis import given
from hypothesis import strategies as st

from worker.job import message_group

ACCEPTED = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
"""As the API's reference lists it."""


def test_a_propertys_id_is_its_group() -> None:
    assert message_group("21") == "21"
    assert message_group("hôtel 21") != message_group("hôtel 22")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_has_a_group_that_sqs_accepts(property_id: str) -> None:
    assert ACCEPTED.fullmatch(message_group(property_id))
