"""Terraform variables: the settings that an operator can change when deploying.

`cdktf deploy --var warm_pool_size=20`, `terraform plan -var warm_pool_size=20` and a `module {}` block all set them.
Each variable's default comes from the environment's file. Terraform rejects a wrong value with a sentence before it
plans.
"""

import json
from typing import Any

from modules.config import LOG_RETENTION_DAYS, MOST_WORKERS, Environment
from modules.terraform.bindings import Construct, TerraformLocal, TerraformVariable, TerraformVariableValidationConfig

_NO_IMAGE = 'var.worker_image_tag == ""'
_IMAGE = 'var.worker_image_tag != ""'
_PLACEHOLDER_TAG = "none-yet"

# The pattern of config's ReceiverUrl.
_IS_RECEIVER = r'${can(regex("^$|^https://[^\\s/:?#@\"\\\\{}$]+(:443)?([/?][^\\s#\"\\\\{}$]*)?$", var.webhook_url))}'
_HAS_RECEIVER = TerraformVariableValidationConfig(
    condition='${var.webhook_url != ""}',
    error_message="webhook_url is empty, so no backend would be notified of its videos. Give the backend's receiver: "
    "webhook.url in the environment's file, or --var webhook_url=https://... at every deployment. If each job names "
    "its own receiver, leave webhook.url null and write the reason into webhook.without_receiver_because.",
)


class Variables(Construct):
    """The stack's variables.

    Params:
        environment: the configuration with the defaults.

    Attributes:
        warm_pool_size, max_workers, on_demand_workers: numbers of workers.
        image_tag: tag of the worker's image in the registry; a placeholder until an image is released.
        log_retention_days: retention of the workers' logs, in days.
        alarm_email: e-mail address, or empty.
        webhook_url: receiver of webhooks, or empty.
        values: the value of every variable, by name.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "variables")
        self.values: dict[str, Any] = {}
        fleet, observability = environment.fleet, environment.observability

        self.warm_pool_size: float = self._variable(
            "warm_pool_size",
            "number",
            fleet.warm_pool_size,
            "Workers always on: so many users at once wait 0 s.",
            _whole("warm_pool_size", least=0),
        ).number_value
        self.max_workers: float = self._variable(
            "max_workers",
            "number",
            fleet.max_workers,
            "Workers at most, however long the queue; not below warm_pool_size.",
            _whole("max_workers", least=1),
            # Validations can refer to other variables since Terraform 1.9.
            # https://developer.hashicorp.com/terraform/language/values/variables#custom-validation-rules
            TerraformVariableValidationConfig(
                condition="${var.max_workers >= var.warm_pool_size}",
                error_message="max_workers (${var.max_workers}) is below warm_pool_size (${var.warm_pool_size}): "
                "raise max_workers or lower warm_pool_size.",
            ),
        ).number_value
        self.on_demand_workers: float = self._variable(
            "on_demand_workers",
            "number",
            fleet.on_demand_workers,
            "Workers of the warm pool on demand; all others on Spot. Not above warm_pool_size.",
            _whole("on_demand_workers", least=0),
            TerraformVariableValidationConfig(
                condition="${var.on_demand_workers <= var.warm_pool_size}",
                error_message="on_demand_workers (${var.on_demand_workers}) is above warm_pool_size "
                "(${var.warm_pool_size}): lower on_demand_workers or raise warm_pool_size.",
            ),
        ).number_value
        self._variable(
            "worker_image_tag",
            "string",
            fleet.worker_image_tag,
            "Tag of the worker's image in the registry; empty as long as there is none, and the fleet stays at zero.",
            TerraformVariableValidationConfig(
                condition='${can(regex("^$|^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", var.worker_image_tag))}',
                error_message="worker_image_tag is no image tag: use 1 to 128 letters, digits, dots, dashes and "
                "underscores, the first a letter, a digit or an underscore; or leave it empty.",
            ),
        )
        # A local, because the container definitions are JSON in a string, where an expression can't contain quotes.
        image_tag = f'${{{_NO_IMAGE} ? "{_PLACEHOLDER_TAG}" : var.worker_image_tag}}'
        self.image_tag: str = TerraformLocal(self, "image_tag", image_tag).as_string
        self.log_retention_days: float = self._variable(
            "log_retention_days",
            "number",
            observability.log_retention_days,
            "Days that the workers' logs are kept.",
            TerraformVariableValidationConfig(
                condition=f"${{contains({json.dumps(LOG_RETENTION_DAYS)}, var.log_retention_days)}}",
                error_message="log_retention_days (${var.log_retention_days}) is not accepted by CloudWatch: "
                f"choose one of {', '.join(map(str, LOG_RETENTION_DAYS))}.",
            ),
        ).number_value
        self.alarm_email: str = self._variable(
            "alarm_email",
            "string",
            observability.alarm_email,
            "Address that alarms go to, once it has confirmed; empty for none.",
            TerraformVariableValidationConfig(
                condition='${can(regex("^$|^[^@\\\\s]+@[^@\\\\s]+\\\\.[^@\\\\s]+$", var.alarm_email))}',
                error_message="alarm_email is no e-mail address: give one such as ops@example.com, or an empty string.",
            ),
        ).string_value
        self.webhook_url: str = self._variable(
            "webhook_url",
            "string",
            environment.webhook.url or "",
            "Receiver of the webhooks of jobs that name none; empty for none.",
            TerraformVariableValidationConfig(
                condition=_IS_RECEIVER,
                error_message="webhook_url is no URL that workers can reach: give an https URL on port 443, such as "
                "https://api.example.com/video-callback, or an empty string.",
            ),
            *([_HAS_RECEIVER] if environment.needs_receiver else ()),
        ).string_value

    @staticmethod
    def zero_until_released(workers: str) -> str:
        """A Terraform expression: zero until an image is released, then `workers` (`var.warm_pool_size`, or `20`).

        Without it, ECS would start tasks without an image on the first deployment, and restart them forever.
        """
        return f"${{{_NO_IMAGE} ? 0 : {workers}}}"

    @staticmethod
    def if_released(condition: str, then: str, otherwise: str) -> str:
        """A Terraform expression: the text `then` if an image is released and `condition` holds, else `otherwise`."""
        return f'${{{_IMAGE} && {condition} ? "{then}" : "{otherwise}"}}'

    def _variable(
        self, name: str, kind: str, default: Any, description: str, *validation: TerraformVariableValidationConfig
    ) -> TerraformVariable:
        variable = TerraformVariable(
            self,
            name,
            type=kind,
            default=default,
            description=description,
            # An explicit null means the default, and never reaches a resource.
            nullable=False,
            validation=list(validation),
        )
        self.values[name] = variable.value
        return variable


def _whole(name: str, *, least: int) -> TerraformVariableValidationConfig:
    return TerraformVariableValidationConfig(
        condition=f"${{var.{name} >= {least} && var.{name} <= {MOST_WORKERS} && floor(var.{name}) == var.{name}}}",
        error_message=f"{name} (${{var.{name}}}) must be a whole number of workers from {least} to {MOST_WORKERS}.",
    )
