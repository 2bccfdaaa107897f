"""The alarms that a composite alarm's rule names.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re

_NAMED = re.compile(r"""ALARM\(\s*["']?([^"')]+?)["']?\s*\)""")


def named_alarms(rule: str) -> set[str]:
    """The names in a rule, whatever it asks of their states together."""
    return set(_NAMED.findall(rule))
