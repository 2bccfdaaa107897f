"""`make bench-validation` in its shortest form: real workers, a handful of jobs."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.validation import testbed as validation
from benchmarks.validation.live_run import run_live
from embedded.aws import EmbeddedAws
from embedded.credentials import REGION
from ops.simulation.timings import LogNormal, Timings

pytestmark = pytest.mark.slow


@pytest.fixture
def testbed(tmp_path: Path) -> Iterator[validation.Testbed]:
    """A pool of one worker, and a second one where there are two jobs."""
    with ExitStack() as stack:
        aws = stack.enter_context(EmbeddedAws(log=tmp_path / "aws.log"))
        aws.client("s3").create_bucket(Bucket="jobs", CreateBucketConfiguration={"LocationConstraint": REGION})
        aws.client("dynamodb").create_table(
            TableName="jobs",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
        )
        scaled = {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/cluster/jobs",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        autoscaling = aws.client("application-autoscaling")
        aws.client("ecs").create_cluster(clusterName="cluster")
        aws.client("ecs").register_task_definition(
            family="jobs", containerDefinitions=[{"name": "worker", "image": "worker", "memory": 512}]
        )
        aws.client("ecs").create_service(cluster="cluster", serviceName="jobs", taskDefinition="jobs", desiredCount=1)
        autoscaling.register_scalable_target(**scaled, MinCapacity=1, MaxCapacity=2)
        steps = {
            "AdjustmentType": "ExactCapacity",
            "Cooldown": 60,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2}],
        }
        arn = autoscaling.put_scaling_policy(
            **scaled, PolicyName="two", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps
        )["PolicyARN"]
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName="busy",
            Namespace="HospupVideo",
            MetricName="PeakJobs",
            Dimensions=[{"Name": "QueueName", "Value": "jobs"}],
            Statistic="Maximum",
            Period=10,
            EvaluationPeriods=1,
            Threshold=2.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="missing",
            AlarmActions=[arn],
        )
        queue = aws.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        environment = {
            "SQS_QUEUE_URL": queue,
            "MEDIA_BUCKET": "jobs",
            "JOBS_TABLE": "jobs",
            "AWS_DEFAULT_REGION": REGION,
        }
        yield validation.open_testbed(stack, aws, environment, tmp_path)


def test_a_few_jobs_are_run(testbed: validation.Testbed) -> None:
    """Five jobs of eight seconds at once: the pool's worker alone would begin one every eight seconds, or later."""
    instant = LogNormal(0.1, 0.1)
    timings = Timings(provision=instant, pull=instant, scaling=0.1, publication={"HospupVideo": 0.0})
    began = time.monotonic()
    observation = run_live(testbed, [(0.0, 8.0)] * 5, 1.0, timings, random.Random(1))  # noqa: S311  no secret
    took = time.monotonic() - began
    begins = sorted(observation.waits)
    assert len(begins) == 5
    assert min(later - earlier for earlier, later in pairwise(begins)) < 8
    assert 5 * 8 <= observation.worker_seconds < 2 * took
