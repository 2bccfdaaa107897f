"""The names that AWS knows our resources by."""

import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.config import ConfigurationError
from modules.names import LONGEST_SUFFIX, names_of, names_with


def test_production_bears_the_old_systems_names() -> None:
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


@given(st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True))
def test_any_environments_names_are_what_aws_accepts(environment: str) -> None:
    names = names_of(environment)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", names.media_bucket)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", names.queue)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", names.dead_letter_queue)
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
    assert names_with(f"-{environment}") == names_of(environment)


def test_a_name_that_aws_would_refuse_is_refused_with_a_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"characters, and AWS accepts \d+: choose a shorter one\.$"):
        names_of("x" * 60)
