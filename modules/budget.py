"""What the system may cost in a month."""

from constructs import Construct

from modules.bindings import aws
from modules.component import Component
from modules.config import PROJECT
from modules.config import Budget as BudgetConfig
from modules.names import Names

# Per cent of the budget: spent, and forecast for the month's end.
_SPENT = 80
_FORECAST = 100


class Budget(Component):
    """A monthly budget whose notifications go to the alarm topic.

    It counts what is tagged `Project: hospup-video`; AWS knows the tag in its bills once it is activated for cost
    allocation, in the billing console, and from then on.
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html

    Params:
        config: how much.
        topic_arn: who is told.
    """

    def __init__(self, scope: Construct, names: Names, config: BudgetConfig, *, topic_arn: str) -> None:
        super().__init__(scope, "budget")
        budgets = aws.budgets_budget
        budgets.BudgetsBudget(
            self,
            "monthly",
            name=names.budget,
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
                for kind, threshold in (("ACTUAL", _SPENT), ("FORECASTED", _FORECAST))
            ],
            tags=self.tags,
        )
