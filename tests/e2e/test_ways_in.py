"""Bootstrap, plain Terraform, and the Terraform module: applied side by side in one embedded AWS, and destroyed.

The way by cdktf is test_spine.py's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from embedded.proxy import FaultProxy
from tests.infra.configurations import BOUNDARY, CLOSED_NETWORK, KEY, OWN_EVERYTHING
from tests.infra.resolved_policies import principals
from tests.infra.service_authorization import grants
from tests.infra.stack import ROOT, copy, read, synthesise_here, words

STATE = "hospup-video-terraform-state"
STATE_BUCKETS = {STATE, "somebody-elses", ""}
VARIABLES = {"warm_pool_size": 3, "alarm_email": "night@example.com"}
RELEASED = "-var=worker_image_tag=1.0.0"
DATA = [
    f"-target=aws_{address}"
    for address in (
        "sqs_queue.jobs",
        "dynamodb_table.jobs",
        "ecr_repository.worker",
        "secretsmanager_secret.webhook_key",
    )
]
OF_CLOSED = [{"Name": "tag:Environment", "Values": ["closed"]}]
SERVICE = {"cluster": "hospup-video-processing-own", "service": "ffmpeg-worker-service-own"}


@dataclass(frozen=True)
class Cloud:
    """An account of one's own, and a folder to work in."""

    aws: EmbeddedAws
    folder: Path
    proxy: FaultProxy
    """What Terraform talks to: it writes down every call."""

    def run(self, command: Sequence[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        everything = {**self.aws.environment(os.environ), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        everything["TF_VAR_webhook_url"] = "https://api.example.com/callback"  # production isn't planned without it
        everything["AWS_ENDPOINT_URL"] = self.proxy.endpoint
        everything = {name: value for name, value in everything.items() if name != "TF_WORKSPACE"} | variables
        return subprocess.run(command, cwd=folder, env=everything, capture_output=True, text=True, check=False)

    def bootstrap(self, *arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
        return self.run([sys.executable, "-m", "tools.bootstrap", *arguments], root)


@dataclass(frozen=True)
class Resource:
    """A resource in a state, with the values of its attributes."""

    kind: str
    name: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Root:
    """A root configuration in a folder."""

    cloud: Cloud
    path: Path

    def terraform(self, *arguments: str, allowed: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={self.path}", *arguments, "-no-color"]
        done = self.cloud.run(command, self.path)
        assert done.returncode in allowed, done.stdout[-4000:] + done.stderr[-4000:]
        return done

    def changes(self, *arguments: str) -> dict[str, str]:
        """What a plan would change: create, update, replace or delete, by address."""
        planned = self.terraform("plan", "-json", "-input=false", "-out=changes.tfplan", *arguments).stdout
        messages = [json.loads(line) for line in planned.splitlines()]
        changes = [message["change"] for message in messages if message["type"] == "planned_change"]
        return {change["resource"]["addr"]: change["action"] for change in changes if change["action"] != "read"}

    def resources(self) -> list[Resource]:
        """Its managed resources. From the state as it is stored: `terraform show` would start the provider."""
        state = json.loads(self.terraform("state", "pull").stdout)
        return [
            Resource(item["type"], item["name"], instance["attributes"])
            for item in state["resources"]
            if item["mode"] == "managed"
            for instance in item["instances"]
        ]

    def names(self) -> set[str]:
        """What its resources are called in AWS."""
        return {
            f"{resource.kind}:{resource.values[key]}"
            for resource in self.resources()
            for key in ("name", "bucket", "family", "alarm_name", "dashboard_name")
            if resource.values.get(key) and resource.kind.split("_")[1] not in {"iam_role_policy", "s3"}
        }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("ways")
    with EmbeddedAws(log=folder / "aws.log") as aws, FaultProxy(aws.endpoint) as proxy:
        cloud = Cloud(aws, folder, proxy)
        made = cloud.bootstrap()
        assert (made.returncode, made.stdout) == (0, f"The state bucket {STATE} is made.\n"), made.stderr
        yield cloud


def plain(cloud: Cloud) -> Root:
    """By plain Terraform: init, workspace new, plan -var-file, apply of what was planned."""
    app = copy(cloud.folder)
    kms = cloud.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    cloud.aws.client("iam").create_policy(
        PolicyName=BOUNDARY.rpartition("/")[2],
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    )
    text = json.dumps(OWN_EVERYTHING).replace(KEY, kms)
    (app / "environments" / "own.json").write_text(text, encoding="utf-8")
    root = synthesised(cloud, "own", app)
    (root.path / "variables.json").write_text(json.dumps(VARIABLES), encoding="utf-8")
    root.terraform("plan", "-input=false", "-var-file=variables.json", "-out=first.tfplan")
    root.terraform("apply", "-input=false", "first.tfplan")
    return root


def example(cloud: Cloud) -> Root:
    """By a `module {}` block: the example root, with the HCL module of dev."""
    exported = cloud.folder / "terraform-module"
    command = [sys.executable, "-m", "tools.module", f"--output={exported}"]
    done = cloud.run(command, ROOT, ENV="dev")
    assert done.returncode == 0, done.stderr
    folder = cloud.folder / "example"
    shutil.copytree(ROOT / "examples" / "terraform-module", folder, ignore=shutil.ignore_patterns(".terraform*"))
    root = Root(cloud, folder)
    use(root, exported / "hcl")
    root.terraform("apply", "-input=false", "-auto-approve")
    return root


def production(cloud: Cloud) -> Root:
    """Production's data, and no more: what must refuse to go."""
    root = synthesised(cloud, "prod")
    root.terraform("apply", "-auto-approve", "-input=false", *DATA)
    return root


def closed(cloud: Cloud) -> Root:
    """Workers without any way to the internet: by interface endpoints alone."""
    network = {"network": {"own_vpc": {"exit": "endpoints"}}, "webhook": {"signed": False}, "protect_data": False}
    folder = cloud.folder / "closed-app"
    folder.mkdir()
    app = copy(folder)
    (app / "environments" / "closed.json").write_text(json.dumps(network), encoding="utf-8")
    root = synthesised(cloud, "closed", app)
    root.terraform("apply", "-auto-approve", "-input=false")
    return root


def synthesised(cloud: Cloud, environment: str, app: Path = ROOT) -> Root:
    """An environment's stack, in a workspace of its own."""
    out = cloud.folder / f"out-{environment}"
    done = cloud.run([sys.executable, "main.py"], app, ENV=environment, CDKTF_OUTDIR=str(out))
    assert done.returncode == 0, done.stderr
    root = Root(cloud, out / "stacks" / f"hospup-video-{environment}")
    root.terraform("init", "-input=false")
    root.terraform("workspace", "new", environment)
    return root


def use(root: Root, module: Path) -> None:
    """Point the example at an exported module."""
    main = root.path / "main.tf"
    text = re.sub(
        r'source = "[^"]*(terraform-module/[\w/]+)"', f'source = "{module}"', main.read_text(encoding="utf-8")
    )
    main.write_text(text, encoding="utf-8")
    root.terraform("init", "-input=false")


@pytest.fixture(scope="module")
def deployer(cloud: Cloud, applied: dict[str, Root]) -> set[str]:
    """The actions that the deployer's policies grant, with a key and endpoints of its own too."""
    parts = ("data", "fleet", "monitoring", "network")
    synthesise_here("closed", cloud.folder / "deployer", content=CLOSED_NETWORK)
    closed = grants(principals(read("closed", cloud.folder / "deployer"))["deployer"])
    return policies(applied["plain"], *(f"deployer_{part}" for part in parts)).union(
        action for grant in closed for action in grant.actions
    )


@pytest.fixture(scope="module")
def applied(cloud: Cloud) -> dict[str, Root]:
    """Three at the same time, since applying is mostly waiting; four are too much for two processors."""
    lanes = ({"plain": plain}, {"module": example}, {"production": production, "closed": closed})
    with ThreadPoolExecutor() as pool:
        roots = pool.map(lambda lane: {name: way(cloud) for name, way in lane.items()}, lanes)
        return {name: root for lane in roots for name, root in lane.items()}


def test_the_state_bucket_is_versioned_encrypted_and_closed(cloud: Cloud) -> None:
    s3 = cloud.aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=STATE)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=STATE)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    block = s3.get_public_access_block(Bucket=STATE)["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert all(block.values())
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=STATE)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_bootstrap_again_mends_and_keeps(cloud: Cloud) -> None:
    s3 = cloud.aws.client("s3")
    s3.put_object(Bucket=STATE, Key="a/state", Body=b"{}")
    s3.delete_bucket_policy(Bucket=STATE)
    again = cloud.bootstrap()
    assert (again.returncode, again.stdout) == (0, f"The state bucket {STATE} is there, its settings put right.\n")
    assert s3.get_object(Bucket=STATE, Key="a/state")["Body"].read() == b"{}"
    assert s3.get_bucket_policy(Bucket=STATE)["Policy"]


def test_bootstrap_leaves_another_ones_bucket_alone(cloud: Cloud, tmp_path: Path) -> None:
    root = copy(tmp_path)
    shutil.copytree(ROOT / "tools", root / "tools")
    settings = json.loads((ROOT / "backend.tf.json").read_text(encoding="utf-8"))
    settings["terraform"]["backend"]["s3"]["bucket"] = "somebody-elses"
    (root / "backend.tf.json").write_text(json.dumps(settings), encoding="utf-8")
    s3 = cloud.aws.client("s3")
    s3.create_bucket(Bucket="somebody-elses", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    refused = cloud.bootstrap(root=root)
    assert refused.returncode == 1
    assert "The bucket somebody-elses exists and was not made by make bootstrap." in refused.stderr
    assert "Status" not in s3.get_bucket_versioning(Bucket="somebody-elses")
    s3.delete_bucket(Bucket="somebody-elses")


def test_cdktf_lists_and_diffs(cloud: Cloud) -> None:
    cdktf = str(ROOT / "node_modules" / ".bin" / "cdktf")
    output = f"--output={cloud.folder / 'cdktf.out'}"
    environment = {"ENV": "dev", "TF_WORKSPACE": "dev", "CI": "1", "FORCE_COLOR": "0"}
    listed = cloud.run([cdktf, "list", output], ROOT, **environment)
    assert listed.returncode == 0, listed.stderr
    assert "hospup-video-dev" in listed.stdout
    variable = "--var=warm_pool_size=3"
    differs = cloud.run([cdktf, "diff", "--skip-provider-lock", variable, output], ROOT, **environment)
    assert differs.returncode == 0, differs.stdout + differs.stderr
    assert re.search(r"Plan: \d\d to add, 0 to change, 0 to destroy", differs.stdout)
    assert re.search(r"aws_sqs_queue\.jobs\b.* will be created", differs.stdout)


@pytest.mark.usefixtures("deployer")
def test_nothing_runs_before_there_is_an_image(cloud: Cloud, applied: dict[str, Root]) -> None:
    targets = cloud.aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    bounds = {
        target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"]) for target in targets["ScalableTargets"]
    }
    assert bounds == {
        "service/hospup-video-processing-own/ffmpeg-worker-service-own": (0, 0),
        "service/hospup-video-processing-example/ffmpeg-worker-service-example": (0, 0),
        "service/hospup-video-processing-closed/ffmpeg-worker-service-closed": (0, 0),
    }
    (service,) = cloud.aws.client("ecs").describe_services(cluster=SERVICE["cluster"], services=[SERVICE["service"]])[
        "services"
    ]
    assert service["desiredCount"] == 0
    plain = json.loads(applied["plain"].terraform("output", "-json", "next_step").stdout)
    module = json.loads(applied["module"].terraform("output", "-json", "video").stdout)  # as HOSPUP_OUTPUTS holds it
    for outputs in ({"next_step": plain}, module):
        assert outputs["next_step"].startswith("No image is released yet, so no worker runs. Put the webhook")
    assert {"queue_url", "dlq_url", "jobs_table", "cluster_name", "service_name", "log_group_name"} <= module.keys()


def test_a_second_plan_is_empty(applied: dict[str, Root]) -> None:
    assert applied["plain"].changes("-var-file=variables.json") == {}
    assert applied["module"].changes() == {}
    assert applied["closed"].changes() == {}


@pytest.mark.usefixtures("applied")
def test_closed_workers_reach_every_service_by_an_endpoint(cloud: Cloud) -> None:
    ec2 = cloud.aws.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=OF_CLOSED)["Vpcs"]
    mine = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    endpoints = {
        endpoint["ServiceName"].removeprefix(f"com.amazonaws.{ec2.meta.region_name}."): endpoint["VpcEndpointType"]
        for endpoint in ec2.describe_vpc_endpoints(Filters=mine)["VpcEndpoints"]
    }
    assert {name for name, kind in endpoints.items() if kind == "Gateway"} == {"s3", "dynamodb"}
    interfaces = {name for name, kind in endpoints.items() if kind == "Interface"}
    assert interfaces >= {"sqs", "ecr.api", "ecr.dkr", "logs"}
    assert ec2.describe_nat_gateways(Filters=mine)["NatGateways"] == []


def test_the_first_image_starts_the_pool(cloud: Cloud, applied: dict[str, Root]) -> None:
    root = applied["plain"]
    assert root.changes("-var-file=variables.json", RELEASED) == {
        "aws_appautoscaling_scheduled_action.evening-begin": "update",
        "aws_appautoscaling_scheduled_action.evening-end": "update",
        "aws_appautoscaling_scheduled_action.night-end": "update",
        "aws_appautoscaling_scheduled_action.night-begin": "update",
        "aws_appautoscaling_target.workers": "update",
        "aws_ecs_service.workers": "update",
        "aws_ecs_task_definition.worker": "replace",
    }
    root.terraform("apply", "-input=false", "changes.tfplan")
    (target,) = cloud.aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=["service/hospup-video-processing-own/ffmpeg-worker-service-own"]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 6)


def test_a_later_deployment_leaves_a_running_fleets_size_alone(cloud: Cloud, applied: dict[str, Root]) -> None:
    cloud.aws.client("ecs").update_service(**SERVICE, desiredCount=5)
    assert applied["plain"].changes("-var-file=variables.json", RELEASED) == {}


def test_a_deployment_that_forgets_the_tag_is_refused(cloud: Cloud, applied: dict[str, Root]) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}}
    cloud.aws.client("ecr").put_image(
        repositoryName="hospup-ffmpeg-worker-own", imageManifest=json.dumps(manifest), imageTag="1.0.0"
    )
    refused = applied["plain"].terraform("plan", "-input=false", "-var-file=variables.json", allowed=(1,))
    assert "worker_image_tag is empty, and there are images in the registry" in words(refused.stderr)


def test_a_larger_pool_changes_the_target_and_what_watches_it(applied: dict[str, Root]) -> None:
    changed = applied["plain"].changes("-var-file=variables.json", RELEASED, "-var=max_workers=7")
    # The schedules' upper bound follows max_workers.
    assert {address.partition(".")[0] for address in changed} == {
        "aws_appautoscaling_target",
        "aws_appautoscaling_scheduled_action",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_metric_alarm",
    }


def test_json_and_hcl_are_the_same_module(cloud: Cloud, applied: dict[str, Root]) -> None:
    root = applied["module"]
    use(root, cloud.folder / "terraform-module" / "json")
    assert root.changes() == {}
    for kind in ("hcl", "json"):
        folder = cloud.folder / "terraform-module" / kind
        text = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir() if file.suffix != ".md")
        # Neither a provider nor a backend; `backend` is a policy's name too.
        assert not re.search(r'^\s*(provider|backend)\s+"|"provider": |"(s3|local)": ', text, re.MULTILINE)
        readme = (folder / "README.md").read_text(encoding="utf-8")
        assert "| `media_bucket` | string | required |" in readme
        assert "| `warm_pool_size` | number | `2` |" in readme
        assert "| `next_step` |" in readme


def test_two_of_them_do_not_touch(applied: dict[str, Root]) -> None:
    one, other = applied["plain"].names(), applied["module"].names()
    assert len(one) > 10
    assert not one & other


def test_another_environments_workspace_is_refused(applied: dict[str, Root]) -> None:
    root = applied["plain"]
    root.terraform("workspace", "new", "elsewhere")
    try:
        refused = root.terraform("plan", "-input=false", allowed=(1,))
    finally:
        root.terraform("workspace", "select", "own")
    assert "This is the configuration of own, and the selected workspace is elsewhere" in words(refused.stderr)


def test_productions_data_refuses_destruction(cloud: Cloud, applied: dict[str, Root]) -> None:
    refused = applied["production"].terraform("plan", "-destroy", "-input=false", *DATA, allowed=(1,))
    for target in DATA:
        address = target.removeprefix("-target=")
        assert f"Resource {address} has lifecycle.prevent_destroy set" in words(refused.stderr)
    assert any(url.endswith("/hospup-video-jobs") for url in cloud.aws.client("sqs").list_queues()["QueueUrls"])


def test_planning_only_reads(applied: dict[str, Root]) -> None:
    granted = policies(applied["plain"], "github_plan", kind="aws_iam_role_policy")
    assert granted
    verbs = {action.partition(":")[2] for action in granted}
    assert all(verb.startswith(("Describe", "Get", "List", "View")) for verb in verbs)
    assert not granted & {"s3:GetObjectVersion", "dynamodb:GetItem", "secretsmanager:GetSecretValue"}


def policies(root: Root, *names: str, kind: str = "aws_iam_policy") -> set[str]:
    """The actions of policies in the state."""
    documents = [
        json.loads(resource.values["policy"])
        for resource in root.resources()
        if resource.kind == kind and resource.name in names
    ]
    assert len(documents) == len(names)
    granted: set[str] = set()
    for statement in (statement for document in documents for statement in document["Statement"]):
        actions: Any = statement["Action"]
        granted |= {actions} if isinstance(actions, str) else set(actions)
    return granted


def test_managed_policies_fit(applied: dict[str, Root]) -> None:
    # Characters other than white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    for resource in applied["plain"].resources():
        if resource.kind == "aws_iam_policy":
            assert len("".join(resource.values["policy"].split())) <= 6144, resource.name
        if resource.kind == "aws_iam_role_policy":
            assert len("".join(resource.values["policy"].split())) <= 10240, resource.name


def test_destroying_one_leaves_the_other(cloud: Cloud, applied: dict[str, Root]) -> None:
    with ThreadPoolExecutor() as pool:
        destroy = ("destroy", "-auto-approve", "-input=false")
        list(pool.map(lambda name: applied[name].terraform(*destroy), ("module", "closed")))
    assert cloud.aws.client("ec2").describe_vpcs(Filters=OF_CLOSED)["Vpcs"] == []
    assert applied["plain"].changes("-var-file=variables.json", RELEASED) == {}
    applied["plain"].terraform("destroy", "-auto-approve", "-input=false", "-var-file=variables.json", RELEASED)
    # Its neighbour in the same state bucket, a workspace away, is as it was.
    assert applied["production"].changes(*DATA) == {}


IAM_NAMES = {
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketOwnershipcontrols": "s3:PutBucketOwnershipControls",
    "s3:DeleteBucketPublicaccessblock": "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:GetBucketAccelerate": "s3:GetAccelerateConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration",
    "s3:GetBucketObjectLock": "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "monitoring": "cloudwatch",
}
"""Where a call's name and its permission's differ.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""


ADMINISTRATORS = {
    "iam:AttachRolePolicy",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:DeleteOpenIDConnectProvider",
    "iam:DeletePolicy",
    "iam:DetachRolePolicy",
    "kms:CreateKey",
}
"""What makes the deployers themselves, and all else that only an administrator may: managed policies, and keys."""


NOT_HERE = {
    "billing:GetBillingViewData",  # AWS checks it when a budget is read
    "budgets:ListTagsForResource",  # the embedded AWS tells tags with the budget, and with the service
    "ecs:ListTagsForResource",
    "ecr:GetAuthorizationToken",  # pushing a release
    "ecr:GetDownloadUrlForLayer",
    "ecs:ListTaskDefinitions",  # listing releases: `hospup-video image list`
    "s3:GetObject",  # the state, which called() leaves out
    "s3:ListBucketVersions",  # emptying a bucket before it goes: here it is empty
}
"""Reads that are granted for what these tests don't do."""


def called(cloud: Cloud) -> set[str]:
    """What Terraform asked AWS for, as IAM names it; its own state and the identity it runs as left out."""
    actions = set()
    for call in cloud.proxy.calls:
        if call.service == "sts" or (call.service == "s3" and call.resource.partition("/")[0] in STATE_BUCKETS):
            continue
        action = f"{IAM_NAMES.get(call.service, call.service)}:{call.operation}"
        if call.service == "budgets":  # two permissions for all of its calls
            action = "budgets:ViewBudget" if call.operation.startswith("Describe") else "budgets:ModifyBudget"
        actions.add(IAM_NAMES.get(action, action))
    return actions - ADMINISTRATORS


def same(granted: str, action: str) -> bool:
    """Actions are compared without regard to case.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"""
    return granted.lower() == action.lower()


def test_the_deployers_policies_are_what_terraform_calls(cloud: Cloud, deployer: set[str]) -> None:
    """Both ways: nothing is missing, and nothing may be read that isn't. (Of writing, what only a change needs, such
    as UpdateTable, was not called.)"""
    asked = called(cloud)
    assert len(asked) > 100
    missing = {action for action in asked if not any(same(granted, action) for granted in deployer)}
    assert not missing, sorted(missing)
    reads = {action for action in deployer if re.match(r"\w[\w-]*:(Describe|Get|List|View)", action)}
    unused = {granted for granted in reads if not any(same(granted, action) for action in asked)}
    assert unused == NOT_HERE


@pytest.mark.usefixtures("applied")
def test_networks_are_tagged_when_they_are_created(cloud: Cloud) -> None:
    """Deployers may tag them at no other time. AWS creates one group without tags: the default one of each own VPC."""
    operations = [call.operation for call in cloud.proxy.calls if call.service == "ec2"]
    assert operations.count("CreateTags") == operations.count("CreateVpc") > 0
