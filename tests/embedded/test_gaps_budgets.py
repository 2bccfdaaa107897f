"""Subscribers and tags of budgets."""

from embedded.aws import EmbeddedAws

ACCOUNT = "123456789012"
NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
SUBSCRIBER = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:eu-west-1:123456789012:alarms"}
TAG = {"Key": "Project", "Value": "hospup-video"}


def test_subscribers_and_tags_are_kept(aws: EmbeddedAws) -> None:
    budgets = aws.client("budgets")
    budgets.create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": "monthly",
            "BudgetLimit": {"Amount": "800", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[{"Notification": NOTIFICATION, "Subscribers": [SUBSCRIBER]}],
        ResourceTags=[TAG],
    )
    found = budgets.describe_subscribers_for_notification(
        AccountId=ACCOUNT, BudgetName="monthly", Notification=NOTIFICATION
    )
    assert found["Subscribers"] == [SUBSCRIBER]
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [TAG]
