"""Budgets: the subscribers of notifications, and tags."""

import json
from typing import Any

from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse

from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    describe_subscribers()
    keep_tags()


def describe_subscribers() -> None:
    """moto stores a notification's subscribers and has no `DescribeSubscribersForNotification`.

    The provider calls it whenever it reads a budget: without this, a budget with a notification can't be created.
    """

    def describe_subscribers_for_notification(self: BudgetsResponse) -> str:
        wanted = self._get_param("Notification")
        found = [note.subscribers for note in budget_of(self).notifications if note.details == wanted]
        return json.dumps({"Subscribers": found[0] if found else []})

    add(BudgetsResponse, "describe_subscribers_for_notification", describe_subscribers_for_notification)


def keep_tags() -> None:
    """moto drops the tags of `CreateBudget` and can't list any.

    The provider lists a budget's tags whenever it reads it.
    """
    add(Budget, "tags", None)

    def make(original: Function) -> Function:
        def create_budget(self: BudgetsResponse) -> str:
            body = str(original(self))
            name = self._get_param("Budget")["BudgetName"]
            budget: Any = self.backend.budgets[self._get_param("AccountId")][name]
            budget.tags = self._get_param("ResourceTags") or []
            return body

        return create_budget

    wrap(BudgetsResponse, "create_budget", make)

    def list_tags_for_resource(self: BudgetsResponse) -> str:
        *_, account, resource = self._get_param("ResourceARN").split(":")
        budget: Any = self.backend.budgets[account][resource.removeprefix("budget/")]
        return json.dumps({"ResourceTags": budget.tags or []})

    add(BudgetsResponse, "list_tags_for_resource", list_tags_for_resource)


def budget_of(request: BudgetsResponse) -> Any:
    """The budget that a request names."""
    return request.backend.budgets[request._get_param("AccountId")][request._get_param("BudgetName")]
