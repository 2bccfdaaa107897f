"""Fargate's quotas, in addition to those of moto."""

import pytest
from botocore.exceptions import ClientError

from embedded.aws import EmbeddedAws


@pytest.mark.parametrize(("code", "name"), [("L-3032A538", "Fargate On-Demand"), ("L-36FBB829", "Fargate Spot")])
def test_fargates_quotas_are_those_of_a_new_account(aws: EmbeddedAws, code: str, name: str) -> None:
    quota = aws.client("service-quotas").get_service_quota(ServiceCode="fargate", QuotaCode=code)["Quota"]
    assert (quota["Value"], quota["QuotaName"].startswith(name)) == (6.0, True)


def test_other_quotas_are_motos(aws: EmbeddedAws) -> None:
    quotas = aws.client("service-quotas")
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-7E9ECCDB")["Quota"]["Value"] == 50.0
    with pytest.raises(ClientError):
        quotas.get_service_quota(ServiceCode="fargate", QuotaCode="L-0")
