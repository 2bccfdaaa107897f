"""The whole system as one Terraform stack."""

from modules.compute.autoscaling import Autoscaling
from modules.compute.container import WorkerContainer
from modules.compute.fleet import Fleet
from modules.compute.schedules import Schedules
from modules.compute.worker_environment import worker_environment, worker_secrets
from modules.config import Environment
from modules.config.names import Names, names_of
from modules.data.job_queues import JobQueues
from modules.data.job_table import JobTable
from modules.data.media import Media
from modules.data.parts_queue import PartsQueue
from modules.data.registry import Registry
from modules.data.secrets import Secrets
from modules.iam.deployer import OwnArns
from modules.iam.permissions import Permissions
from modules.iam.policy_targets import PolicyTargets
from modules.monitoring.alarms import Alarms
from modules.monitoring.budget import Budget
from modules.monitoring.dashboard import Dashboard
from modules.monitoring.help_alarms import HelpAlarms
from modules.monitoring.interruption_alarms import InterruptionAlarms
from modules.monitoring.interruptions import Interruptions
from modules.monitoring.job_alarms import JobAlarms
from modules.monitoring.logs import Logs
from modules.monitoring.pool_alarms import PoolAlarms
from modules.monitoring.queries import Queries
from modules.monitoring.stall_alarms import StallAlarms
from modules.network.network import Network
from modules.terraform.account import Account
from modules.terraform.bindings import Construct, Node, TerraformElement, TerraformStack
from modules.terraform.context import StackContext
from modules.terraform.outputs import StackOutput, declare_outputs, next_step
from modules.terraform.variables import Variables


class VideoStack(TerraformStack):
    """Queues, job table, media bucket, workers and monitoring of one environment.

    It contains neither provider nor backend (deployment.py adds them), so that it can also be exported as a Terraform
    module.

    Params:
        name: the stack's folder in cdktf.out/stacks, and its name for `cdktf deploy`.
        environment: the configuration.
        names: the names of the resources in AWS; default: those of the environment.

    Attributes:
        context: what constructs that are added to the stack need.
        own_arns: the resources that the deployer's permissions name by their ARNs.
    """

    def __init__(self, scope: Construct, name: str, environment: Environment, *, names: Names | None = None) -> None:
        super().__init__(scope, name)
        self._paths: dict[tuple[str, str], str] = {}
        self.context = StackContext(
            scope=self,
            environment=environment,
            names=names or names_of(environment.name),
            account=Account(self),
            variables=Variables(self, environment),
        )
        # The HCL of `cdktf synth --hcl` has this order.
        self._network = Network(self.context)
        self._data()
        self._observability()
        self._access()
        self._workers()
        self._monitoring()
        self._outputs()
        self.own_arns = OwnArns(topic_key=self._alarms.own_key_arn, vpc=self._network.own_vpc_arn)

    def _data(self) -> None:
        self._registry = Registry(self.context)
        self._media = Media(self.context)
        self._job_table = JobTable(self.context)
        self._queue = JobQueues(self.context)
        self._parts = PartsQueue(self.context) if self.context.environment.fleet.helpers else None
        self._secrets = Secrets(self.context)

    def _observability(self) -> None:
        """What the workers and their permissions refer to: logs, events, the alarm that rolls back a release."""
        self._logs = Logs(self.context)
        Queries(self.context, self._logs)
        self._interruptions = Interruptions(self.context)
        self._alarms = Alarms(self.context, self._queue)

    def _access(self) -> None:
        self._permissions = Permissions(
            self.context,
            PolicyTargets(
                queue_arn=self._queue.arn,
                dead_letter_arn=self._queue.dead_letter_arn,
                parts_arn=self._parts.arn if self._parts else None,
                media_arn=self._media.arn,
                jobs_table_arn=self._job_table.arn,
                repository_arn=self._registry.arn,
                log_group_arn=self._logs.arn,
                webhook_key_arn=self._secrets.webhook_key_arn,
            ),
        )

    def _workers(self) -> None:
        container = WorkerContainer(
            image=f"{self._registry.url}:{self.context.variables.image_tag}",
            environment=worker_environment(self.context, self._queue, self._parts, self._media, self._job_table),
            secrets=worker_secrets(self.context, self._secrets),
            log_group=self._logs.group,
            region=self.context.account.region,
            ecs_exec=self.context.environment.fleet.ecs_exec,
            labels={"hospup.without-receiver-because": self.context.environment.webhook.without_receiver_because},
        )
        self._fleet = Fleet(
            self.context,
            container,
            network=self._network,
            permissions=self._permissions,
            rollback_alarm=self._alarms.dead_letter_alarm,
        )
        autoscaling = Autoscaling(self.context, self._fleet, self._queue, self._registry)
        Schedules(self.context, autoscaling)

    def _monitoring(self) -> None:
        """What watches the workers."""
        stall_alarms = StallAlarms(self.context, self._queue)
        pool_alarms = PoolAlarms(self.context, self._fleet, stall_alarms.waiting)
        interruption_alarms = InterruptionAlarms(self.context, self._interruptions, self._fleet, self._queue)
        budget = self.context.environment.observability.budget
        if budget:
            Budget(self.context, budget, topic_arn=self._alarms.topic_arn)
        causes = [stall_alarms, pool_alarms, interruption_alarms]
        job_alarms = JobAlarms(self.context, self._alarms, self._queue, causes=causes)
        help_alarms = HelpAlarms(self.context, self._alarms, self._queue) if self._parts else None
        self._dashboard = Dashboard(
            self.context,
            fleet=self._fleet,
            queue=self._queue,
            interruptions=self._interruptions,
            job_alarms=job_alarms,
            help_alarms=help_alarms,
            logs=self._logs,
        )

    def _outputs(self) -> None:
        variables = self.context.variables
        secret = self.context.names.webhook_secret if self.context.environment.webhook.signed else None
        declare_outputs(
            self,
            {
                "ecr_repository_uri": StackOutput(self._registry.url, "Where the worker's image is pushed to."),
                "queue_url": StackOutput(self._queue.url, "Where jobs are sent: SQS_QUEUE_URL of the backend."),
                "queue_arn": StackOutput(self._queue.arn, "The job queue, for policies."),
                "dlq_url": StackOutput(self._queue.dead_letter_url, "Where jobs end that failed at every try."),
                "media_bucket": StackOutput(self._media.bucket, "Where sources lie and videos go."),
                "jobs_table": StackOutput(self._job_table.table, "The ledger of jobs."),
                "cluster_name": StackOutput(self._fleet.cluster, "The workers' ECS cluster."),
                "service_name": StackOutput(self._fleet.service, "The workers' ECS service."),
                "backend_policy_arn": StackOutput(
                    self._permissions.backend_policy_arn,
                    "What the backend may do: attach it to the backend's role or user.",
                ),
                "task_definition_arn": StackOutput(self._fleet.task_definition_arn, "The revision that is deployed."),
                "deployed_variables": StackOutput(
                    variables.values, "Every variable as deployed: a release or a change of one leaves the others so."
                ),
                "warm_pool_size": StackOutput(variables.warm_pool_size, "Workers always on."),
                "max_workers": StackOutput(variables.max_workers, "Workers at most."),
                "webhook_secret_arn": StackOutput(
                    self._secrets.webhook_key_arn, "The webhook signing key, created empty: put its value once."
                ),
                "log_group_name": StackOutput(self._logs.group, "The workers' logs."),
                "dashboard_url": StackOutput(self._dashboard.url, "The system at a glance."),
                "alarm_topic_arn": StackOutput(self._alarms.topic_arn, "Subscribe to it to be told of alarms."),
                "region": StackOutput(self.context.account.region, "Where all this stands."),
                "next_step": StackOutput(next_step(secret), "What to do now, in words."),
            },
        )
        if self._parts:
            parts = StackOutput(self._parts.url, "Where workers offer parts of jobs to idle workers.")
            declare_outputs(self, {"parts_queue_url": parts})

    def _allocate_logical_id(self, tf_element: Node | TerraformElement) -> str:
        """Name each resource by its own id, without cdktf's path and hash: plans then show `aws_sqs_queue.jobs`.

        Siblings can't share an id, but a queue and its policy should: the part of an id before its last dot is dropped,
        so that `policy.jobs` becomes `aws_sqs_queue_policy.jobs`. cdktf would silently merge two resources of the same
        type and name, hence the check.
        """
        node = tf_element if isinstance(tf_element, Node) else tf_element.node
        name = node.id.rpartition(".")[2]
        first_path = self._paths.setdefault((type(tf_element).__name__, name), node.path)
        if first_path != node.path:
            raise ValueError(f"{first_path} and {node.path} have the same type and name: give one of them another id.")
        return name
