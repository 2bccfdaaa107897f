"""What one asks the workers' logs, saved in CloudWatch Logs Insights."""

from constructs import Construct

from modules.bindings import aws
from modules.component import Component
from modules.logs import Logs
from modules.names import Names

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
filter ispresent(JobsFailed)
| stats sum(JobsFailed) as failed by error_code
| sort failed desc""",
}
"""Name to query; the fields are those of worker/telemetry.py's lines."""


class Queries(Component):
    """The saved queries, in a folder named after the environment.

    Params:
        logs: which lines.
    """

    def __init__(self, scope: Construct, names: Names, logs: Logs) -> None:
        super().__init__(scope, "queries")
        for name, query in QUERIES.items():
            aws.cloudwatch_query_definition.CloudwatchQueryDefinition(
                self,
                name.replace("-", "_"),
                name=f"{names.saved_queries}/{name}",
                log_group_names=[logs.group],
                query_string=on_one_line(query),
            )


def on_one_line(query: str) -> str:
    """A query as Terraform gets it.

    `cdktf synth --hcl` would end one of several lines with a line break of its own, and leaves double quotes unescaped.
    """
    return " ".join(query.split())
