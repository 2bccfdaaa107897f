"""What every construct of a stack is given: the stack, its configuration, and its names."""

from dataclasses import dataclass

from modules.config import Environment
from modules.config.names import Names
from modules.terraform.account import Account
from modules.terraform.bindings import Construct
from modules.terraform.variables import Variables


@dataclass(frozen=True)
class StackContext:
    """One stack, as its constructs see it. Each construct reads the parts of the configuration that concern it.

    Params:
        scope: the stack, which the constructs are added to.
        environment: the configuration.
        names: the names of the stack's resources in AWS.
        account: the AWS account, region and partition that the stack is deployed to.
        variables: the stack's Terraform variables.
    """

    scope: Construct
    environment: Environment
    names: Names
    account: Account
    variables: Variables
