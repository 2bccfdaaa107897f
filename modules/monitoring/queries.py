"""Saved queries of the workers' logs, in CloudWatch Logs Insights."""

from modules.monitoring.logs import Logs
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
QUERIES = {
    "errors": """\
fields time, level, job_id, stage, message, error_code, exception
| filter level in ['WARNING', 'ERROR', 'CRITICAL']
| sort @timestamp desc
| limit 200""",
    "one-job": """\
fields time, level, receive, attempt, stage, message, error_code, error_pointer
| filter job_id = 'JOB ID'
| sort @timestamp asc
| limit 500""",
    "slowest-jobs": """\
fields time, job_id, video_id, total, waited, stages.fetch, stages.render, stages.publish, duration
| filter message = 'Job complete.'
| sort total desc
| limit 50""",
    "retries": """\
fields time, job_id, attempt, receive, message, exception
| filter message = 'The job failed for now.' or attempt > 1
| sort @timestamp desc
| limit 200""",
    "webhook-failures": """\
fields time, job_id, message, reason, outcome, host
| filter message like /(?i)webhook/ and level != 'INFO'
| sort @timestamp desc
| limit 200""",
    "failures-by-code": """\
filter JobsFailed > 0
| stats sum(JobsFailed) as failed by error_code
| sort failed desc""",
}
"""Queries by name. The fields are those of the log lines that worker/telemetry/logs.py writes."""


class Queries(Component):
    """The saved queries, in a folder per environment.

    Params:
        logs: the log group that is queried.
    """

    def __init__(self, context: StackContext, logs: Logs) -> None:
        super().__init__(context, "queries")
        for name, query in QUERIES.items():
            aws.cloudwatch_query_definition.CloudwatchQueryDefinition(
                self,
                name.replace("-", "_"),
                name=f"{context.names.saved_queries}/{name}",
                log_group_names=[logs.group],
                query_string=on_one_line(query),
            )


def on_one_line(query: str) -> str:
    """A query as one line.

    `cdktf synth --hcl` would add a line break to a query of several lines, and doesn't escape double quotes.
    """
    return " ".join(query.split())
