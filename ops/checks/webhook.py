"""Checks of webhooks: the default receiver answers, and the signing key has a value."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject

_TIMEOUT_SECONDS = 8.0
_NO_SUCH_METHOD = 501
"""Like 405, the answer of a receiver that accepts POST only: the receiver exists."""
_REASON_LABEL = "hospup.without-receiver-because"
"""Docker label of the worker's container: `webhook.without_receiver_because` of the environment's file."""
_PUT = 'aws secretsmanager put-secret-value --secret-id {name} --secret-string "whsec_$(openssl rand -base64 32)"'


def check_webhook(subject: Subject) -> Iterator[CheckResult]:
    """Check from this machine that the default receiver answers. HEAD can't be mistaken for a webhook."""
    address = subject.environment.get("WEBHOOK_URL")
    if not address:
        yield _no_receiver(subject.container.get("dockerLabels", {}).get(_REASON_LABEL))
        return
    host = urlsplit(address).hostname or address
    try:
        pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=_TIMEOUT_SECONDS))
        status = pool.request("HEAD", address, redirect=False).status
    except (HTTPError, LocationParseError, ValueError) as error:
        what = f"{host} can't be reached from here ({type(error).__name__})"
        yield CheckResult(
            "webhook", Level.FAIL, what, "Check webhook.url in the environment's file, DNS and the firewall."
        )
        return
    if status == 404 or (status >= 500 and status != _NO_SUCH_METHOD):
        what = f"{host} answers, with status {status}"
        yield CheckResult("webhook", Level.WARN, what, "Check the path of webhook.url, and the backend's own log.")
    elif 300 <= status < 400:
        what = f"{host} redirects (status {status}), and workers don't follow"
        yield CheckResult("webhook", Level.FAIL, what, "Put the final address into webhook.url.")
    else:
        yield CheckResult("webhook", Level.OK, f"{host} answers")


def _no_receiver(reason: str | None) -> CheckResult:
    """The result where workers have no receiver: a failure, unless the environment's file gives the reason."""
    if reason:
        what = f"there is no receiver but the one that a job names; the reason given: {reason}"
        return CheckResult("webhook", Level.WARN, what, "hospup-video webhook resend, for jobs that named none.")
    what = "there is no receiver: the backend is not notified of a job that names none, as its jobs do"
    return CheckResult(
        "webhook",
        Level.FAIL,
        what,
        "Set webhook.url in the environment's file, or make deploy VARS='webhook_url=https://...'; then notify the "
        "backend of what has ended: hospup-video webhook resend --since 7d --dry-run.",
    )


def check_signing_key(subject: Subject) -> Iterator[CheckResult]:
    """Check that the signing key has a value, without reading it."""
    secrets = {item["name"]: item["valueFrom"] for item in subject.container.get("secrets", [])}
    arn = secrets.get("WEBHOOK_SECRET")
    if arn is None:
        what = "webhooks go out unsigned: receivers can't tell ours from anybody's"
        yield CheckResult("signing key", Level.WARN, what, "Set webhook.signed in the environment's file, and deploy.")
        return
    secret = subject.context.session.client("secretsmanager").describe_secret(SecretId=arn)
    name = secret.get("Name", arn)
    if secret.get("DeletedDate"):
        what = f"{name} is about to be deleted"
        yield CheckResult("signing key", Level.FAIL, what, f"aws secretsmanager restore-secret --secret-id {name}")
    elif not any("AWSCURRENT" in stages for stages in secret.get("VersionIdsToStages", {}).values()):
        what = f"{name} has no value: no worker can start"
        yield CheckResult("signing key", Level.FAIL, what, _PUT.format(name=name))
    else:
        yield CheckResult("signing key", Level.OK, f"{name} has a value")
