"""Task scale-in protection: asks ECS not to stop this task while it holds a job.

Without it, a fleet that shrinks kills running renders. It doesn't cover Spot interruptions: those arrive as SIGTERM.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import json
import logging

import urllib3
from urllib3.exceptions import HTTPError

MINUTES = 60
"""How long a protection holds if nobody takes it away: longer than any job may take (1 to 2880 is possible)."""

logger = logging.getLogger(__name__)


class TaskProtection:
    """The protection of the task that this process runs in; outside ECS (`agent_uri` None) it is always granted."""

    def __init__(self, agent_uri: str | None) -> None:
        self._url = f"{agent_uri}/task-protection/v1/state" if agent_uri else None
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=5.0))

    def acquire(self) -> bool:
        """Ask for protection. False where ECS refuses it (a deployment waits for this task): take no job then."""
        return self._put({"ProtectionEnabled": True, "ExpiresInMinutes": MINUTES})

    def release(self) -> None:
        """Give the protection back: this task may be stopped."""
        self._put({"ProtectionEnabled": False})

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
