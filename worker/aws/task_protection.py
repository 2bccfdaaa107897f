"""Task scale-in protection: asks ECS not to stop this task while it has a job.

Without it, scale-in and deployments stop running renders. It doesn't cover Spot interruptions: those arrive as SIGTERM.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import json
import logging
import time

import urllib3
from urllib3.exceptions import HTTPError

EXPIRES_MINUTES = 360
"""Expiry of a protection that is not released, in minutes: no job takes longer, see worker/consumer/deadline.py. ECS
allows 1 to 2880."""

KEPT_SECONDS = 300.0
"""How long consecutive jobs keep a protection, in seconds. The job after that is rendered without one, because the
workers of a busy fleet would otherwise keep theirs, and a deployment would never end: docs/decisions/0022."""

TIMEOUT_SECONDS = 5.0
"""Longest wait for the ECS agent's answer, in seconds. A received message is hidden for longer than that."""

logger = logging.getLogger(__name__)


class TaskProtection:
    """The protection of the task that this process runs in; outside ECS (`agent_uri` None) it is always granted.

    An idle worker makes no request, and consecutive jobs make two in `KEPT_SECONDS`: ECS limits an account's requests.
    """

    def __init__(self, agent_uri: str | None) -> None:
        self._url = f"{agent_uri}/task-protection/v1/state" if agent_uri else None
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=TIMEOUT_SECONDS))
        self._since: float | None = None

    def acquire(self) -> bool:
        """Protect the task for a job that was received, or keep an earlier job's protection while it is recent.

        Returns False where ECS refuses: SIGTERM may interrupt the job. During a deployment ECS refuses to protect more
        tasks than are desired (`DEPLOYMENT_BLOCKED`).
        """
        if self._since is None:
            return self._protect()
        if time.monotonic() - self._since > KEPT_SECONDS:
            self.release()
        return True

    def release(self) -> None:
        """Release the protection, if there is one: ECS may stop this task. A failed release is repeated by the next."""
        if self._since is not None and self._put({"ProtectionEnabled": False}):
            self._since = None

    def _protect(self) -> bool:
        if not self._put({"ProtectionEnabled": True, "ExpiresInMinutes": EXPIRES_MINUTES}):
            return False
        self._since = time.monotonic()
        return True

    def _put(self, state: dict[str, object]) -> bool:
        if self._url is None:
            return True
        try:
            response = self._pool.request(
                "PUT", self._url, body=json.dumps(state), headers={"content-type": "application/json"}
            )
            answer = response.json()
        except (HTTPError, ValueError) as error:
            logger.warning("The task protection endpoint did not answer.", extra={"reason": type(error).__name__})
            return False
        if not isinstance(answer, dict) or "protection" not in answer:
            logger.warning("Task protection was refused.", extra={"answer": answer})
            return False
        return True
