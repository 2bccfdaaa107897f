"""The bill, line by line, against calculations by hand at the prices of the table."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ops.cost import prices as price_table
from ops.cost.billed_fleet import billed_fleet, hours
from ops.cost.comparison import compare
from ops.cost.estimate import Estimate, estimate
from ops.cost.prices import Price
from ops.cost.resources import Resources, from_stack
from ops.cost.usage import Usage, parse_usage
from ops.errors import CostError

REGION = "eu-west-1"
IDLE = {"videos_per_month": 0, "burst_worker_hours": 0, "worker_starts": 0, "insights_kb_per_worker_hour": 0}


@pytest.fixture(scope="module")
def prices() -> Mapping[str, Price]:
    return price_table.load().region(REGION)


def workers(pool: int = 10, most: int = 50, *, arm: bool = False, cpu: int = 2048, **service: Any) -> dict[str, Any]:
    """A fleet's resources, as a synthesised stack has them."""
    return {
        "aws_ecs_task_definition": {
            "worker": {
                "cpu": str(cpu),
                "memory": str(2 * cpu),
                "runtime_platform": {"cpu_architecture": "ARM64" if arm else "X86_64"},
            }
        },
        "aws_ecs_service": {"workers": service},
        "aws_appautoscaling_target": {"workers": {"min_capacity": pool, "max_capacity": most}},
    }


def resources(**kinds: Any) -> Resources:
    return from_stack({"resource": kinds}, {}, "test")


def bill(prices: Mapping[str, Price], kinds: Mapping[str, Any], **usage: Any) -> Estimate:
    return estimate(resources(**kinds), prices, Usage.model_validate({**IDLE, **usage}))


def test_ten_workers_on_demand(prices: Mapping[str, Price]) -> None:
    # 10 x 730 h x (2 x $0.04048 + 4 x $0.004445)
    assert bill(prices, workers()).usd == pytest.approx(720.80, abs=0.01)
    # 10 x 730 h x (2 x $0.03238 + 4 x $0.00356)
    assert bill(prices, workers(arm=True)).usd == pytest.approx(576.70, abs=0.01)


def test_base_on_demand_and_the_rest_on_spot(prices: Mapping[str, Price]) -> None:
    strategy = [
        {"capacity_provider": "FARGATE", "base": 3, "weight": 0},
        {"capacity_provider": "FARGATE_SPOT", "weight": 1},
    ]
    month = bill(prices, workers(arm=True, capacity_provider_strategy=strategy), burst_worker_hours=100)
    spot = 7 * 730 + 100
    assert month.groups()["Fargate on demand"] == pytest.approx(3 * 730 * (2 * 0.03238 + 4 * 0.00356))
    assert month.groups()["Fargate Spot"] == pytest.approx(spot * (2 * 0.0106711 + 4 * 0.00117322))


def test_weights_divide_what_is_beyond_the_base(prices: Mapping[str, Price]) -> None:
    strategy = [
        {"capacity_provider": "FARGATE", "base": 2, "weight": 1},
        {"capacity_provider": "FARGATE_SPOT", "weight": 3},
    ]
    month = bill(prices, workers(capacity_provider_strategy=strategy))
    # 2 + (10 - 2) / 4 = 4 of 10
    assert month.groups()["Fargate on demand"] == pytest.approx(4 * 730 * (2 * 0.04048 + 4 * 0.004445))


def test_addresses_and_scratch_disk(prices: Mapping[str, Price]) -> None:
    kinds = workers(4, network_configuration={"assign_public_ip": True})
    kinds["aws_ecs_task_definition"]["worker"]["ephemeral_storage"] = {"size_in_gib": 50}
    month = bill(prices, kinds)
    assert month.groups()["Public IPv4"] == pytest.approx(4 * 730 * 0.005)
    assert month.groups()["Fargate storage"] == pytest.approx(4 * 730 * 30 * 0.000111)


def test_renders_beyond_the_pool_are_paid_as_burst(prices: Mapping[str, Price]) -> None:
    month = bill(prices, workers(1, 50), videos_per_month=360_000, render_seconds=20)
    # 360,000 x 20 s are 2,000 h; one worker has 730.
    assert month.worker_hours == pytest.approx(2000)
    assert bill(prices, workers(1, 1), videos_per_month=360_000, render_seconds=20).worker_hours == pytest.approx(730)


def test_queue_and_ledger(prices: Mapping[str, Price]) -> None:
    kinds = {
        **workers(1, 1),
        "aws_sqs_queue": {"jobs": {"visibility_timeout_seconds": 90}, "dead": {}},
        "aws_dynamodb_table": {"jobs": {"point_in_time_recovery": {"enabled": True}}},
    }
    month = bill(prices, kinds, videos_per_month=3_600, render_seconds=65)
    # 65 of the month's 730 hours are renders; in the others the worker asks every 20 s. A job takes three requests and,
    # at 30 s and 60 s, two renewals.
    assert month.groups()["SQS"] == pytest.approx(((730 - 65) * 180 + 3_600 * 5) * 0.4e-6)
    storage = 3_600 * 3 / 1024 / 1024 * (0.283 + 0.22)
    looks = 730 * 240 / 2 * 0.1415e-6  # at whether the fleet is paused
    writes = 5 * 3 + 2  # of an entry of 3 KB, and of what a property uses
    assert month.groups()["DynamoDB"] == pytest.approx(3_600 * (writes * 0.705e-6 + 0.1415e-6) + looks + storage)


def test_helpers(prices: Mapping[str, Price]) -> None:
    def month(*names: str) -> dict[str, float]:
        kinds = {
            **workers(1, 1),
            "aws_sqs_queue": {name: {"name": name, "visibility_timeout_seconds": 90} for name in names},
            "aws_dynamodb_table": {"jobs": {}},
        }
        return dict(bill(prices, kinds, videos_per_month=3_600, render_seconds=20, parts_per_video=5).groups())

    without, with_helpers = month("hospup-video-jobs-dev"), month("hospup-video-jobs-dev", "hospup-video-parts-dev")
    # A second poll every 20 s in 710 idle hours. Each job's offer is sent, opened and closed once, and looked at four
    # times per second; each of 18,000 parts is received, deleted, put and got once, and written four times.
    extra = {name: with_helpers[name] - without[name] for name in ("SQS", "DynamoDB", "S3")}
    assert extra["SQS"] == pytest.approx((710 * 180 + 3_600 + 18_000 * 2) * 0.4e-6)
    assert extra["DynamoDB"] == pytest.approx((3_600 * 2 + 18_000 * 4) * 0.705e-6 + 3_600 * 20 * 4 * 0.1415e-6)
    assert extra["S3"] == pytest.approx(18_000 * (5e-6 + 4e-7))
    assert with_helpers["Fargate on demand"] == without["Fargate on demand"]


def test_each_index_of_the_ledger_is_paid_for_what_writes_to_it(prices: Mapping[str, Price]) -> None:
    def month(*hash_keys: str) -> float:
        indexes = [{"name": f"by-{key}", "hash_key": key} for key in hash_keys]
        table = {"aws_dynamodb_table": {"jobs": {"global_secondary_index": indexes}}}
        return bill(prices, workers(1, 1) | table, videos_per_month=1_000_000, render_seconds=20).groups()["DynamoDB"]

    storage = 1_000_000 * 0.25 / 1024 / 1024 * 0.283
    # RENDERING, then two writes move the entry to COMPLETE; a property never changes.
    assert month("status") - month() == pytest.approx(3 * 0.705 + storage)
    assert month("property_id", "video_id") - month() == pytest.approx(2 * (0.705 + storage))


def test_watching(prices: Mapping[str, Price]) -> None:
    metric = {"metric_name": "JobsWaiting", "namespace": "Hospup/Video"}
    kinds = {
        **workers(1, 1),
        "aws_ecs_cluster": {"workers": {"setting": [{"name": "containerInsights", "value": "enabled"}]}},
        "aws_cloudwatch_dashboard": {"overview": {"dashboard_body": '{"widgets": []}'}},
        "aws_cloudwatch_metric_alarm": {
            "one": {"period": 60, "metric_name": "X", "namespace": "AWS/SQS"},
            "fast": {"period": 10, **metric},
            "math": {"metric_query": [{"metric": {"period": 60, **metric}}, {"metric": {"period": 60}}, {"id": "e"}]},
        },
        "aws_cloudwatch_composite_alarm": {"all": {}},
        "aws_appautoscaling_policy": {
            "follow": {
                "target_tracking_scaling_policy_configuration": {
                    "customized_metric_specification": {"metrics": [{"metric_stat": {"stat": "Sum"}}, {"id": "e"}]}
                }
            }
        },
    }
    groups = bill(prices, kinds).groups()
    assert groups["Container Insights"] == pytest.approx(25 * 0.30)
    assert groups["Dashboard"] == 3
    # three metrics at 60 s, one at 10 s, one composite, and one metric in each of two alarms of the policy
    assert groups["Alarms"] == pytest.approx(3 * 0.10 + 0.30 + 0.50 + 2 * 0.10)
    assert groups["Metrics"] == pytest.approx(0.30)
    assert bill(prices, kinds, custom_metrics=12).groups()["Metrics"] == pytest.approx(12 * 0.30)


def test_metrics_of_our_own_on_the_dashboard_are_counted(prices: Mapping[str, Price]) -> None:
    body = """{"widgets": [{"properties": {"metrics": [
        ["Hospup/Video", "JobsCompleted", "Environment", "prod"], [".", "JobsFailed", ".", "."], ["AWS/SQS", "Age"],
        [{"expression": "m1"}]]}}, {"type": "text"}]}"""
    month = bill(prices, {"aws_cloudwatch_dashboard": {"overview": {"dashboard_body": body}}})
    assert month.groups()["Metrics"] == pytest.approx(2 * 0.30)


def test_storage_logs_keys_images(prices: Mapping[str, Price]) -> None:
    counts = {"imageCountMoreThan": 4, "sinceImagePushed": 14}
    rules = [{"selection": {"countType": kind, "countNumber": count}} for kind, count in counts.items()]
    kinds = {
        **workers(1, 1),
        "aws_cloudwatch_log_group": {"worker": {"retention_in_days": 15}},
        "aws_ecr_repository": {"worker": {}},
        "aws_ecr_lifecycle_policy": {"worker": {"policy": json.dumps({"rules": rules})}},
        "aws_kms_key": {"alarms": {}},
        "aws_secretsmanager_secret": {"webhook": {}},
    }
    usage = {"videos_per_month": 1024, "log_kb_per_video": 1024, "image_mb": 512, "video_mb": 10, "months_stored": 2}
    groups = bill(prices, kinds, **usage, worker_starts=1000).groups()
    assert groups["Logs"] == pytest.approx(0.57 + 0.03 / 2)
    assert groups["ECR"] == pytest.approx(2 * 0.10)
    assert groups["S3"] == pytest.approx(20 * 0.023 + 2048 * 5e-6 + 10240 * 4e-7)
    assert groups["KMS"] == 1
    assert groups["Secrets Manager"] == pytest.approx(0.40 + 0.005)


def test_ways_out_that_cost(prices: Mapping[str, Price]) -> None:
    subnets = {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}
    kinds = {
        "aws_nat_gateway": {"a": {}, "b": {}},
        "aws_eip": {"a": {}, "b": {}},
        "aws_vpc_endpoint": {"s3": {"vpc_endpoint_type": "Gateway"}, "sqs": subnets, "logs": subnets},
    }
    groups = bill(prices, kinds, videos_per_month=1024, internet_mb_per_video=3).groups()
    assert groups["NAT"] == pytest.approx(2 * 730 * 0.048 + 3 * 0.048)
    assert groups["Public IPv4"] == pytest.approx(2 * 730 * 0.005)
    assert groups["Endpoints"] == pytest.approx(4 * 730 * 0.011 + 3 * 0.01)


def test_a_video(prices: Mapping[str, Price]) -> None:
    month = bill(prices, workers(1, 1, arm=True), videos_per_month=1000, render_seconds=36)
    assert month.render_usd(spot=False) == pytest.approx((2 * 0.03238 + 4 * 0.00356) / 100)
    assert month.usd_per_video == pytest.approx(month.usd / 1000)


def test_scheduled_pools_count_for_their_hours() -> None:
    kinds = workers(10, 50)
    kinds["aws_appautoscaling_scheduled_action"] = {
        "evening-begin": {
            "name": "evening-begin",
            "schedule": "cron(0/15 16-21 ? * FRI,SAT *)",
            "scalable_target_action": {"min_capacity": "20"},
        },
        "evening-end": {
            "name": "evening-end",
            "schedule": "cron(0 22 ? * FRI,SAT *)",
            "scalable_target_action": {"min_capacity": "10"},
        },
    }
    found = billed_fleet(resources(**kinds))
    assert found
    assert found.warm_pool == pytest.approx((10 * 156 + 20 * 12) / 168)
    assert found.pools[4 * 24 + 15 : 4 * 24 + 23] == [10, 20, 20, 20, 20, 20, 20, 10]


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        ("cron(0 7 ? * MON *)", [7]),
        ("cron(0 7-9 ? * TUE *)", [31, 32, 33]),
        ("cron(0 0 ? * MON-WED *)", [0, 24, 48]),
        ("cron(30 5 * * ? *)", [5, 29, 53, 77, 101, 125, 149]),
        ("rate(5 minutes)", []),
    ],
)
def test_hours_of_schedules(schedule: str, found: list[int]) -> None:
    assert hours(schedule) == found


def test_the_old_figures(prices: Mapping[str, Price]) -> None:
    strategy = [
        {"capacity_provider": "FARGATE", "base": 3, "weight": 0},
        {"capacity_provider": "FARGATE_SPOT", "weight": 1},
    ]
    network = {"assign_public_ip": True}
    configured = billed_fleet(
        resources(**workers(arm=True, capacity_provider_strategy=strategy, network_configuration=network))
    )
    assert configured
    comparison = compare(configured, prices, {"SQS": 0.5})
    # 730 h x (3 x ($0.0790 + $0.005) + 7 x ($0.026035 + $0.005))
    assert comparison.rows[0].months[10] == pytest.approx(342.54, abs=0.01)
    assert [comparison.rows[0].meets(workers) for workers in (10, 20, 50)] == [False, True, True]
    assert not comparison.rows[0].meets_burst
    # One of ten on demand: $340.64 - 2 x 730 x $0.0530 is $265; two would be $304.
    assert "on_demand_workers of at most 1 of 10" in comparison.verdicts[0]
    assert "0.25 vCPU and 0.5 GiB" in comparison.verdicts[1]
    assert "about what one x86-64 vCPU costs ($29.55)" in comparison.verdicts[2]
    assert comparison.verdicts[3].startswith("SQS $0.50, ECR $0.00, Logs $0.00 a month")


def test_a_spot_price_of_ones_own(prices: Mapping[str, Price]) -> None:
    rows = price_table.with_spot_discount(prices, 50)
    assert rows["fargate_spot.arm.vcpu_hour"].usd == pytest.approx(0.03238 / 2)
    assert rows["fargate_spot.x86.gb_hour"].usd == pytest.approx(0.004445 / 2)
    assert rows["fargate.arm.vcpu_hour"] == prices["fargate.arm.vcpu_hour"]


def test_the_image_tag_that_is_not_there_yet_does_not_make_the_fleet_free() -> None:
    stack = {
        "variable": {
            "worker_image_tag": {"default": "", "type": "string"},
            "warm_pool_size": {"default": 3, "type": "number"},
        },
        "resource": {
            "aws_appautoscaling_target": {
                "workers": {"min_capacity": '${var.worker_image_tag == "" ? 0 : var.warm_pool_size}'}
            }
        },
    }
    assert from_stack(stack, {}, "").all("aws_appautoscaling_target") == [{"min_capacity": 3}]
    assert from_stack(stack, {"warm_pool_size": "7"}, "").all("aws_appautoscaling_target") == [{"min_capacity": 7}]
    with pytest.raises(CostError, match="no variable pool"):
        from_stack(stack, {"pool": "1"}, "")
    with pytest.raises(CostError, match="'many' is no number"):
        from_stack(stack, {"warm_pool_size": "many"}, "")


@pytest.mark.parametrize(
    ("assumption", "message"),
    [
        ("videos", "is no assumption"),
        ("colour=red", "is no assumption"),
        ("video_mb=many", "video_mb: .*number"),
        ("video_mb=-1", "video_mb: .*greater than or equal to 0"),
    ],
)
def test_assumptions_that_are_none(assumption: str, message: str) -> None:
    with pytest.raises(CostError, match=message):
        parse_usage([assumption])


def test_every_price_says_where_it_comes_from(prices: Mapping[str, Price]) -> None:
    for price in prices.values():
        assert price.source.startswith("https://")
        assert len(price.date) == len("2026-01-01")
        # Whatever the Price List API knows can be refreshed.
        assert (price.service is None) == (price.usage is None)
