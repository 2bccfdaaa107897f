"""The whole system in reading order: a job's way from the queue to the video, then who watches over it."""

from constructs import Construct, Node

from modules.account import Account
from modules.alarms import Alarms
from modules.autoscaling import Autoscaling
from modules.bindings import TerraformElement, TerraformStack
from modules.budget import Budget
from modules.config import Environment
from modules.dashboard import Dashboard
from modules.fleet import Fleet, Worker
from modules.granted import Granted
from modules.interruption_alarms import InterruptionAlarms
from modules.interruptions import Interruptions
from modules.job_alarms import JobAlarms
from modules.ledger import Ledger
from modules.logs import Logs
from modules.media import Media
from modules.names import Names, names_of
from modules.network import Network
from modules.outputs import Output, declare_outputs, next_step
from modules.permissions import Permissions
from modules.pool_alarms import PoolAlarms
from modules.queries import Queries
from modules.queue import Queue
from modules.registry import Registry
from modules.runbook import runbook_of
from modules.schedules import Schedules
from modules.secrets import Secrets
from modules.traces import traces_to
from modules.variables import Variables


class VideoStack(TerraformStack):
    """Queue, ledger, media bucket, workers and what they need, for one environment.

    It holds neither provider nor backend (deployment.py adds them), so that the same stack exports as a Terraform
    module.

    Params:
        name: the stack's folder in cdktf.out/stacks, and its name to `cdktf deploy`.
        environment: what the stack is for.
        names: what its resources are called; none: what the environment's name makes of them.
    """

    def __init__(self, scope: Construct, name: str, environment: Environment, *, names: Names | None = None) -> None:
        super().__init__(scope, name)
        self._paths: dict[tuple[str, str], str] = {}
        names = names or names_of(environment.name)
        encryption = environment.encryption
        protect_data = environment.protect_data
        account = self.account = Account(self)
        variables = Variables(self, environment)

        otlp = environment.observability.otlp
        network = Network(self, names, account, environment.network, collector_port=otlp.port if otlp else None)
        registry = Registry(
            self, names, environment.registry, key_arn=encryption.registry_key_arn, protect_data=protect_data
        )
        media = Media(self, names, environment.media, key_arn=encryption.media_key_arn, protect_data=protect_data)
        ledger = Ledger(self, names, protect_data=protect_data)
        queue = Queue(
            self, names, account, environment.queue, key_arn=encryption.queue_key_arn, protect_data=protect_data
        )
        secrets = Secrets(self, names, key_arn=encryption.secret_key_arn, protect_data=protect_data)
        logs = Logs(self, names, retention_days=variables.log_retention_days, key_arn=encryption.logs_key_arn)
        Queries(self, names, logs)
        interruptions = Interruptions(
            self, names, account, retention_days=variables.log_retention_days, key_arn=encryption.logs_key_arn
        )
        runbook = runbook_of(environment)
        alarms = Alarms(
            self,
            names,
            account,
            queue,
            variables,
            runbook=runbook,
            key_arn=encryption.topic_key_arn,
            budgets=environment.observability.budget is not None,
        )
        signed = environment.webhook.signed
        permissions = Permissions(
            self,
            names,
            account,
            Granted(
                queue_arn=queue.arn,
                dead_letter_arn=queue.dead_letter_arn,
                media_arn=media.arn,
                ledger_arn=ledger.arn,
                repository_arn=registry.arn,
                log_group_arn=logs.arn,
                readable_buckets=environment.media.readable_buckets,
                webhook_key_arn=secrets.webhook_key_arn if signed else None,
                collector_headers_arn=otlp.headers_secret_arn if otlp else None,
                encryption=encryption,
                ecs_exec=environment.fleet.ecs_exec,
                boundary=environment.access.permissions_boundary,
            ),
        )
        worker = Worker(
            image=f"{registry.url}:{variables.image_tag}",
            # The job contract, section 4.
            environment={
                "SQS_QUEUE_URL": queue.url,
                "MEDIA_BUCKET": media.bucket,
                "JOBS_TABLE": ledger.table,
                "AWS_DEFAULT_REGION": account.region,
                "WEBHOOK_URL": environment.webhook.url,
                "WEBHOOK_ALLOWED_HOSTS": ",".join(environment.webhook.allowed_hosts),
                "MEDIA_BUCKETS": ",".join(environment.media.readable_buckets),
                "MEDIA_ALLOWED_HOSTS": ",".join(environment.media.allowed_hosts),
                "PUBLIC_BASE_URL": environment.media.public_base_url,
                "PEAK_JOBS_SECONDS": str(environment.fleet.scale_in_after_seconds),
                "LOG_LEVEL": environment.fleet.log_level,
                "LOG_FORMAT": "json",
                **traces_to(otlp, environment.name),
            },
            secrets={
                "WEBHOOK_SECRET": secrets.webhook_key_arn if signed else None,
                "OTEL_EXPORTER_OTLP_HEADERS": otlp.headers_secret_arn if otlp else None,
            },
            log_group=logs.group,
            region=account.region,
            ecs_exec=environment.fleet.ecs_exec,
        )
        fleet = Fleet(
            self,
            names,
            environment.fleet,
            worker=worker,
            variables=variables,
            network=network,
            permissions=permissions,
            rollback_alarm=alarms.dead_letter_alarm,
            protect_data=protect_data,
        )
        autoscaling = Autoscaling(
            self,
            names,
            fleet,
            queue,
            variables,
            registry=registry,
            config=environment.fleet,
        )
        pool_alarms = PoolAlarms(
            self, names, fleet, queue, variables, schedules=environment.fleet.schedules, runbook=runbook
        )
        interruption_alarms = InterruptionAlarms(self, names, interruptions, fleet, queue, runbook=runbook)
        Schedules(self, autoscaling, variables, environment.fleet.schedules, timezone=environment.fleet.timezone)
        if environment.observability.budget:
            Budget(self, names, environment.observability.budget, topic_arn=alarms.topic_arn)
        job_alarms = JobAlarms(self, names, alarms, queue, runbook, more=[pool_alarms, interruption_alarms])
        dashboard = Dashboard(
            self,
            names,
            environment.fleet,
            fleet=fleet,
            queue=queue,
            interruptions=interruptions,
            alarms=job_alarms,
            logs=logs,
            runbook=runbook,
            region=account.region,
        )
        declare_outputs(
            self,
            {
                "ecr_repository_uri": Output(registry.url, "Where the worker's image is pushed to."),
                "queue_url": Output(queue.url, "Where jobs are sent: SQS_QUEUE_URL of the backend."),
                "queue_arn": Output(queue.arn, "The job queue, for policies."),
                "dlq_url": Output(queue.dead_letter_url, "Where jobs end that failed at every try."),
                "media_bucket": Output(media.bucket, "Where sources lie and videos go."),
                "jobs_table": Output(ledger.table, "The ledger of jobs."),
                "cluster_name": Output(fleet.cluster, "The workers' ECS cluster."),
                "service_name": Output(fleet.service, "The workers' ECS service."),
                "backend_policy_arn": Output(
                    permissions.backend_policy_arn, "What the backend may do: attach it to the backend's role or user."
                ),
                "task_definition_arn": Output(fleet.task_definition_arn, "The revision that is deployed."),
                "warm_pool_size": Output(variables.warm_pool_size, "Workers always on."),
                "max_workers": Output(variables.max_workers, "Workers at most."),
                "webhook_secret_arn": Output(
                    secrets.webhook_key_arn, "The webhook signing key, created empty: put its value once."
                ),
                "log_group_name": Output(logs.group, "The workers' logs."),
                "dashboard_url": Output(dashboard.url, "The system at a glance."),
                "alarm_topic_arn": Output(alarms.topic_arn, "Subscribe to it to be told of alarms."),
                "region": Output(account.region, "Where all this stands."),
                "next_step": Output(next_step(names.webhook_secret if signed else None), "What to do now, in words."),
            },
        )

    def _allocate_logical_id(self, tf_element: Node | TerraformElement) -> str:
        """Name each resource after its own id, without cdktf's path and hash: plans then read `aws_sqs_queue.jobs`.

        Constructs beside each other can't share an id, and a queue and its policy should: `policy.jobs` is the id of
        `aws_sqs_queue_policy.jobs`. Two resources of one type must differ behind the dot; cdktf would merge them
        without a word, hence the check.
        """
        node = tf_element if isinstance(tf_element, Node) else tf_element.node
        name = node.id.rpartition(".")[2]
        holder = self._paths.setdefault((type(tf_element).__name__, name), node.path)
        if holder != node.path:
            raise ValueError(f"{holder} and {node.path} have the same type and name: give one of them another id.")
        return name
