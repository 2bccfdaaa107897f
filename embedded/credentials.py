"""The identity that the embedded AWS is used with."""

import os
from collections.abc import Mapping

ACCOUNT = "123456789012"
"""The account that moto gives to every caller."""

REGION = "eu-west-1"
"""The default region, as in the environments of this repository."""

ACCESS_KEY = "embedded"
SECRET_KEY = "embedded"  # noqa: S105 - opens nothing: moto doesn't check it
"""Any key is let in; these say in a log where they come from."""


def environment(endpoint: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that lead AWS SDKs, Terraform's provider and its S3 backend to `endpoint`.

    - `base`: variables to start from, such as `os.environ`, for a process's whole environment. Its `AWS_` variables are
      left out, all of them: a profile, session token or endpoint of one's real account must not get through.

    No file of the user's (`~/.aws`) is read, and the instance metadata service isn't asked for credentials.
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
