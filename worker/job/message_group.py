"""The message group of a job (`MessageGroupId`), by which SQS's fair queues tell one hotel's jobs from another's."""

import hashlib
import re

_VALID = re.compile(r"[!-~]{1,128}")
"""What SQS accepts: up to 128 ASCII letters, digits and punctuation marks, no space.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""


def message_group(property_id: str) -> str:
    """The group of a property's jobs: its id, or the id's SHA-256 where SQS would refuse the id, and the message."""
    return property_id if _VALID.fullmatch(property_id) else hashlib.sha256(property_id.encode()).hexdigest()
