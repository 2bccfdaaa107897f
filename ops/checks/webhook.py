"""Whether results can be told: the receiver answers, and the signing key has a value."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from ops.checks.finding import Finding, Level, Subject

_SECONDS = 8.0
_NO_SUCH_METHOD = 501
"""As 405, from a receiver that knows POST alone: it is there."""
_PUT = 'aws secretsmanager put-secret-value --secret-id {name} --secret-string "whsec_$(openssl rand -base64 32)"'


def check_webhook(subject: Subject) -> Iterator[Finding]:
    """The default receiver answers, seen from this machine. Nothing that it could take for a result is sent."""
    address = subject.environment.get("WEBHOOK_URL")
    if not address:
        yield Finding("webhook", Level.OK, "there is no default receiver: each job names its own")
        return
    host = urlsplit(address).hostname or address
    try:
        pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=_SECONDS))
        status = pool.request("HEAD", address, redirect=False).status
    except (HTTPError, LocationParseError, ValueError) as error:
        what = f"{host} can't be reached from here ({type(error).__name__})"
        yield Finding("webhook", Level.FAIL, what, "Check webhook.url in the environment's file, DNS and the firewall.")
        return
    if status == 404 or (status >= 500 and status != _NO_SUCH_METHOD):
        what = f"{host} answers, with status {status}"
        yield Finding("webhook", Level.WARN, what, "Check the path of webhook.url, and the backend's own log.")
    elif 300 <= status < 400:
        what = f"{host} redirects (status {status}), and workers don't follow"
        yield Finding("webhook", Level.FAIL, what, "Put the final address into webhook.url.")
    else:
        yield Finding("webhook", Level.OK, f"{host} answers")


def check_signing_key(subject: Subject) -> Iterator[Finding]:
    """The key has a value; it is not read."""
    secrets = {item["name"]: item["valueFrom"] for item in subject.container.get("secrets", [])}
    arn = secrets.get("WEBHOOK_SECRET")
    if arn is None:
        what = "webhooks go out unsigned: receivers can't tell ours from anybody's"
        yield Finding("signing key", Level.WARN, what, "Set webhook.signed in the environment's file, and deploy.")
        return
    secret = subject.context.session.client("secretsmanager").describe_secret(SecretId=arn)
    name = secret.get("Name", arn)
    if secret.get("DeletedDate"):
        what = f"{name} is about to be deleted"
        yield Finding("signing key", Level.FAIL, what, f"aws secretsmanager restore-secret --secret-id {name}")
    elif not any("AWSCURRENT" in stages for stages in secret.get("VersionIdsToStages", {}).values()):
        what = f"{name} has no value: no worker can start"
        yield Finding("signing key", Level.FAIL, what, _PUT.format(name=name))
    else:
        yield Finding("signing key", Level.OK, f"{name} has a value")
