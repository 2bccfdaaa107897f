"""Where moto and the second implementation differ: AWS's documentation decides, and the one that departs is named.

A row is the name of a test that asserts what AWS documents. It must fail with the implementation that departs, and pass
with the other; where it passes with both, the row is to be removed.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Difference:
    """What an implementation does otherwise than AWS documents.

    Params:
        departs: the implementation that is wrong.
        what: what it does.
        source: the page of AWS's documentation.
    """

    departs: Literal["moto", "second"]
    what: str
    source: str


DIFFERENCES = {
    "test_a_copy_on_condition_of_its_source": Difference(
        "moto",
        "moto copies whatever CopySourceIfMatch says.",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html",
    ),
    "test_a_wrong_checksum_is_refused": Difference(
        "moto",
        "moto stores an object whose checksum is another's.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html",
    ),
    "test_a_longer_visibility_than_twelve_hours_is_refused": Difference(
        "second",
        "LocalStack hides a message for as long as one asks.",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html",
    ),
}
