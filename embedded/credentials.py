"""Account, region and access keys of the embedded AWS."""

import os
from collections.abc import Mapping

ACCOUNT = "123456789012"
"""Account id that moto gives to every caller."""

REGION = "eu-west-1"
"""Default region, the same as in environments/*.json."""

ACCESS_KEY = "embedded"
SECRET_KEY = "embedded"  # noqa: S105 - opens nothing: moto doesn't check it
"""moto accepts any key; this one is recognisable in a log."""


def environment(endpoint: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables that point AWS SDKs, Terraform's provider and its S3 backend to `endpoint`.

    - `base`: variables to start from, such as `os.environ`, for a process's whole environment. All of its `AWS_`
      variables are left out, so that no profile, session token or endpoint of a real account is used.

    The SDKs then read no file in `~/.aws` and don't ask the instance metadata service for credentials.
    """
    kept = {name: value for name, value in (base or {}).items() if not name.startswith("AWS_")}
    no_proxy = [host for host in (kept.get("NO_PROXY") or kept.get("no_proxy", "")).split(",") if host]
    if "127.0.0.1" not in no_proxy:
        no_proxy.append("127.0.0.1")
    return {
        **kept,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": ",".join(no_proxy),
        "no_proxy": ",".join(no_proxy),
    }
