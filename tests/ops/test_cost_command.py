"""`hospup-video cost`: once as a process, otherwise in this one, because starting Python takes time."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import app
from ops.cost.prices import TABLE
from tests.ops.price_list import price_list, product

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Printed:
    """What the command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def cost(*arguments: str, variables: Mapping[str, str] | None = None) -> Printed:
    result = CliRunner().invoke(app, ["cost", *arguments], env={"COLUMNS": "200", **(variables or {})})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Printed(result.exit_code, result.stdout, result.stderr)


def reaching(endpoint: str) -> dict[str, str]:
    """The environment variables that direct clients to a price list."""
    credentials = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_MAX_ATTEMPTS": "1"}
    return {"AWS_ENDPOINT_URL_PRICING": endpoint, "NO_PROXY": "127.0.0.1", **credentials}


@pytest.fixture(scope="module")
def prod_stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production, synthesised."""
    folder = tmp_path_factory.mktemp("prod")
    variables = {**os.environ, "ENV": "prod", "CDKTF_OUTDIR": str(folder)}
    subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=variables, check=True)
    return folder / "stacks" / "hospup-video-prod" / "cdk.tf.json"


def test_an_environment_is_synthesised_and_priced() -> None:
    command = [sys.executable, "-m", "ops", "cost", "--environment", "dev", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    estimate = json.loads(done.stdout)
    assert estimate["source"] == "dev"
    # dev has a pool of two on ARM64 Spot, and a public address each
    groups = {item["group"] for item in estimate["items"]}
    assert {"Fargate Spot", "Public IPv4", "SQS", "S3", "ECR", "DynamoDB", "KMS", "Secrets Manager"} <= groups
    assert "Fargate on demand" not in groups
    spot = sum(item["monthly_usd"] for item in estimate["items"] if item["group"] == "Fargate Spot")
    assert spot == pytest.approx((2 * 730 + 100) * (2 * 0.0106711 + 4 * 0.00117322), abs=0.01)
    assert estimate["monthly_usd"] == pytest.approx(sum(item["monthly_usd"] for item in estimate["items"]), abs=0.01)


def test_a_stack_with_another_pool(prod_stack: Path) -> None:
    pools = []
    for size in (10, 20):
        done = cost("--stack", str(prod_stack), "--var", f"warm_pool_size={size}", "--burst-hours", "0", "--json")
        assert done.returncode == 0, done.stderr
        pools.append(json.loads(done.stdout)["monthly_usd"])
    # Ten workers more, on Spot: processor, memory, address; polls of both queues and of pause, Insights' log lines.
    workers = 10 * 730 * (2 * 0.0106711 + 4 * 0.00117322 + 0.005)
    polls, lines = 10 * 730 * (360 * 0.4e-6 + 240 / 2 * 0.1415e-6), 10 * 730 * 120 / 1024 / 1024 * 0.57
    assert pools[1] - pools[0] == pytest.approx(workers + polls + lines, abs=0.02)


def test_a_spot_discount_is_applied(prod_stack: Path) -> None:
    done = cost("--stack", str(prod_stack), "--assume", "spot_discount=0", "--burst-hours", "0", "--json")
    estimate = json.loads(done.stdout)
    spot = sum(item["monthly_usd"] for item in estimate["items"] if item["group"] == "Fargate Spot")
    assert spot == pytest.approx(7 * 730 * (2 * 0.03238 + 4 * 0.00356), abs=0.01)


def test_what_people_read(prod_stack: Path) -> None:
    done = cost("--stack", str(prod_stack), "--videos", "60000", "--show-prices", "--show-assumptions", "--compare-old")
    assert done.returncode == 0, done.stderr
    assert "A month of hospup-video-prod, eu-west-1" in done.stdout
    assert "the bill shared among 60,000, as given" in done.stdout
    row = next(line.split() for line in done.stdout.splitlines() if "vCPU" in line)
    assert row[-3] == "vCPU-hour"
    assert "As configured, the fleet doesn't give 10 workers for $300" in done.stdout
    assert "* Fargate Spot, ARM64" in done.stdout
    assert "render_seconds" in done.stdout
    assert "Prices of eu-west-1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stack", "nowhere.json"], "nowhere.json can't be read"),
        (["--stack", "pyproject.toml"], "is no JSON"),
        (["--stack", "package.json"], "is no synthesised stack"),
        (["--environment", "paris"], "paris can't be synthesised"),
        (["--stack", "{stack}", "--var", "pool"], "sets no variable"),
        (
            ["--stack", "{stack}", "--var", "on_demand_workers=11"],
            "on_demand_workers (11) is above warm_pool_size (10)",
        ),
        (["--stack", "{stack}", "--var", "max_workers=3"], "is below warm_pool_size"),
        (["--stack", "{stack}", "--assume", "colour=red"], "is no assumption"),
        (["--stack", "{stack}", "--prices", "package.json"], "is not one"),
        (["--refresh", "--region", "mars-1"], "mars-1"),
    ],
)
def test_mistakes_are_reported_in_a_sentence(
    prod_stack: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = cost(*(argument.replace("{stack}", str(prod_stack)) for argument in arguments))
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_outside_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = cost("--environment", "dev")
    assert done.returncode == 2
    assert "cdktf.json" in done.stderr


def test_prices_are_refreshed(tmp_path: Path, prod_stack: Path) -> None:
    table = tmp_path / "prices.json"
    shutil.copy(TABLE, table)
    products = {
        ("AmazonECS", "EU-Fargate-ARM-vCPU-Hours:perCPU"): [
            product("AmazonECS", "EU-Fargate-ARM-vCPU-Hours:perCPU", "KXC9", {"0": "0.0400000000"})
        ],
        # The first million is free; the rest is billed.
        ("AWSQueueService", "EU-Requests-Tier1"): [
            product("AWSQueueService", "EU-Requests-Tier1", "SQS1", {"1000000": "0.0000005000", "0": "0.0000000000"})
        ],
        # The same price twice is one; two prices are none.
        ("AmazonEC2", "EU-NatGateway-Hours"): [
            product("AmazonEC2", "EU-NatGateway-Hours", sku, {"0": "0.0500000000"}) for sku in ("NAT1", "NAT2")
        ],
        ("AmazonECR", "EU-TimedStorage-ByteHrs"): [
            product("AmazonECR", "EU-TimedStorage-ByteHrs", f"ECR{usd}", {"0": usd}) for usd in ("0.2", "0.3")
        ],
    }
    with price_list(products) as (endpoint, asked):
        done = cost("--refresh", "--prices", str(table), variables=reaching(endpoint))
    assert done.returncode == 0, done.stderr
    assert {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"} in asked[0]["Filters"]
    rows = json.loads(table.read_text(encoding="utf-8"))["regions"]["eu-west-1"]
    arm = rows["fargate.arm.vcpu_hour"]
    assert (arm["usd"], arm["date"], arm["verified"]) == (0.04, "2026-11-04", True)
    assert arm["source"] == "Price List API, AmazonECS, SKU KXC9"
    assert rows["sqs.request"]["usd"] == 5e-7
    assert rows["nat.hour"]["usd"] == 0.05
    assert rows["ecr.gb_month"]["usd"] == 0.1
    assert "ecr.gb_month: the API has 2 prices" in done.stderr
    # Prices that were not requested, or that the API didn't have, are unchanged.
    before = json.loads(TABLE.read_text(encoding="utf-8"))["regions"]["eu-west-1"]
    assert rows["fargate_spot.arm.vcpu_hour"] == before["fargate_spot.arm.vcpu_hour"]
    assert rows["s3.put"] == before["s3.put"]
    priced = cost("--stack", str(prod_stack), "--prices", str(table), "--json")
    assert {item["unit_usd"] for item in json.loads(priced.stdout)["items"]} >= {0.04, 5e-7}


def test_another_region_is_made(tmp_path: Path) -> None:
    table = tmp_path / "prices.json"
    shutil.copy(TABLE, table)
    usage = "EUC1-Fargate-vCPU-Hours:perCPU"
    products = {("AmazonECS", usage): [product("AmazonECS", usage, "FRA", {"0": "0.0465600000"})]}
    with price_list(products) as (endpoint, _):
        arguments = ("--refresh", "--region", "eu-central-1", "--prices", str(table))
        done = cost(*arguments, variables=reaching(endpoint))
    assert done.returncode == 0, done.stderr
    rows = json.loads(table.read_text(encoding="utf-8"))["regions"]["eu-central-1"]
    assert rows["fargate.x86.vcpu_hour"]["usd"] == 0.04656
    # Ireland's, and marked as not verified for Frankfurt.
    assert rows["s3.put"]["verified"] is False
    assert rows["s3.put"]["usage"] == "EUC1-Requests-Tier1"
    assert rows["kms.key_month"]["usage"] == "eu-central-1-KMS-Keys"


def test_an_api_out_of_reach() -> None:
    done = cost("--refresh", variables=reaching("http://127.0.0.1:9"))
    assert done.returncode == 3
    assert "127.0.0.1:9" in done.stderr
