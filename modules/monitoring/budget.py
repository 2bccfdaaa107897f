"""The monthly budget."""

from modules.config import PROJECT, BudgetConfig
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

# Thresholds of the notifications, in percent of the budget: actual cost, and forecast for the end of the month.
_ACTUAL = 80
_FORECAST = 100


class Budget(Component):
    """A monthly budget that notifies the alarm topic.

    It counts the resources with the tag `Project: hospup-video`. AWS records the tag in the bill from the day on that
    it is activated as a cost allocation tag in the billing console.
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html

    Params:
        config: the budget's amount.
        topic_arn: the topic that is notified.
    """

    def __init__(self, context: StackContext, config: BudgetConfig, *, topic_arn: str) -> None:
        super().__init__(context, "budget")
        budgets = aws.budgets_budget
        budgets.BudgetsBudget(
            self,
            "monthly",
            name=context.names.budget,
            budget_type="COST",
            limit_amount=str(config.monthly_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filter=[budgets.BudgetsBudgetCostFilter(name="TagKeyValue", values=[f"user:Project${PROJECT}"])],
            notification=[
                budgets.BudgetsBudgetNotification(
                    comparison_operator="GREATER_THAN",
                    threshold=threshold,
                    threshold_type="PERCENTAGE",
                    notification_type=kind,
                    subscriber_sns_topic_arns=[topic_arn],
                )
                for kind, threshold in (("ACTUAL", _ACTUAL), ("FORECASTED", _FORECAST))
            ],
            tags=self.tags,
        )
