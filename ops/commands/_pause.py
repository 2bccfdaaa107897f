"""What several commands print of a pause of the fleet."""

from botocore.exceptions import ClientError

from ops.aws.pause import Pause, read_pause
from ops.aws_errors import code_of
from ops.console import output
from ops.stack.context import Context


def pause_of(context: Context) -> Pause | None:
    """The pause of the fleet; None also where the ledger's name isn't known, or it can't be read, which is printed on
    standard error: for commands whose subject is another."""
    table = context.optional("jobs_table")
    try:
        return read_pause(context.session.client("dynamodb"), table) if table else None
    except ClientError as error:
        output.warn(
            f"Whether the fleet is paused is unknown: the ledger {table} can't be read ({code_of(error)}).", "yellow"
        )
        return None


def print_pause(pause: Pause) -> None:
    """Print since when the fleet is paused, why, and what ends it."""
    why = f": {output.clean(pause.reason)}" if pause.reason else ""
    since = f"paused {output.ago(pause.paused_at)}{why}"
    output.line(f"  {since}. No worker takes a job until `hospup-video resume`.", "yellow")
