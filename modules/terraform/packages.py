"""The Python packages that synthesise: cdktf, or with `CDK=cdktn` its successor. The one place that names them.

cdktf was archived in December 2025. cdktn has the same classes, and writes the same Terraform JSON
(`make test-cdktn`); its bindings are those of version 6 of the AWS provider.
"""

import os
from dataclasses import dataclass

from modules.config.errors import ConfigurationError


@dataclass(frozen=True)
class Packages:
    """A CDK and its bindings of the AWS provider.

    Params:
        core: the CDK's module.
        bindings: the module of the bindings, one submodule per resource.
        provider: version of the AWS provider that the bindings were generated from; deployments must use the same.
    """

    core: str
    bindings: str
    provider: str


CHOICES = {
    "cdktf": Packages("cdktf", "cdktf_cdktf_provider_aws", "5.100.0"),
    "cdktn": Packages("cdktn", "cdktn_provider_aws", "6.69.1"),
}
DEFAULT = "cdktf"


def chosen_packages() -> Packages:
    """The packages that the environment variable CDK names; default: cdktf. Raises `ConfigurationError`."""
    name = os.environ.get("CDK") or DEFAULT
    if name not in CHOICES:
        raise ConfigurationError(f"There is no CDK {name!r}: set CDK to {' or '.join(CHOICES)}, or leave it out.")
    return CHOICES[name]
