"""The names of our resources in AWS."""

import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.config import ConfigurationError
from modules.config.names import LONGEST_SUFFIX, Names, names_of, names_with_suffix


def test_production_has_the_old_systems_names() -> None:
    names = names_of("prod")
    assert names.registry == "hospup-ffmpeg-worker"
    assert names.queue == "hospup-video-jobs"
    assert names.dead_letter_queue == "hospup-video-jobs-dlq"
    assert names.cluster == "hospup-video-processing"
    assert names.service == "ffmpeg-worker-service"
    assert names.log_group == "/ecs/hospup-ffmpeg-worker"
    assert names.dashboard == "HospupVideoProcessing"
    assert names.media_bucket == "hospup-files"


def test_every_other_environment_adds_its_name() -> None:
    production = asdict(names_of("prod"))
    policies = production.pop("scaling_policies")
    dev = asdict(names_of("dev"))
    assert dev.pop("scaling_policies") == tuple(f"{name}-dev" for name in policies)
    assert dev == {noun: f"{name}-dev" for noun, name in production.items()}


@given(st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True).filter(lambda name: name.split("-")[0] != "dlq"))
def test_any_environments_names_are_what_aws_accepts(environment: str) -> None:
    names = names_of(environment)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", names.media_bucket)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", names.queue)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", names.dead_letter_queue)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", names.parts_queue)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.task_role)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.execution_role)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.plan_role)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.apply_role)
    assert re.fullmatch(r"[\w+=,.@-]{1,128}", names.backend_policy)
    assert re.fullmatch(r"[\w+=,.@-]{1,128}", f"{names.deployer_policy}-network")
    assert re.fullmatch(r"[^:\\]{1,100}", names.budget)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", names.dashboard)
    assert re.fullmatch(r"alias/[A-Za-z0-9/_-]{1,250}", names.alarm_key_alias)
    assert re.fullmatch(r"[a-z0-9][a-z0-9._/-]{1,255}", names.registry)
    assert re.fullmatch(r"[\w./#-]{1,512}", names.log_group)


def test_a_modules_suffix_makes_the_same_names() -> None:
    environment = "x" * (LONGEST_SUFFIX - 1)
    assert names_with_suffix(f"-{environment}") == names_of(environment)


@pytest.mark.parametrize("names", [names_of("prod"), names_of("dev"), names_with_suffix("${var.name_suffix}")])
def test_each_name_has_its_name_in_production(names: Names) -> None:
    production = names_of("prod")
    assert names.in_production(names.stalled_alarm) == production.stalled_alarm
    assert names.in_production(names.queue) == production.queue


@pytest.mark.parametrize("environment", ["dlq", "dlq-dev"])
def test_no_environments_queue_is_anothers_dead_letter_queue(environment: str) -> None:
    with pytest.raises(ConfigurationError, match="choose one that doesn't begin with dlq"):
        names_of(environment)


def test_a_name_that_is_too_long_for_aws_is_refused_with_a_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"characters, and AWS accepts \d+: choose a shorter one\.$"):
        names_of("x" * 60)
