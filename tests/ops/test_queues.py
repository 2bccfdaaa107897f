"""`queue` and `dlq`: the queues, and the messages that no worker could finish."""

import datetime
import json

from tests.ops.conftest import Site

JOB = {"job_id": "j1", "video_id": "v1", "segments": [{"video_url": "s3://files/été.mp4"}]}


def letters(site: Site) -> None:
    """Three dead letters: a failed job, a finished job whose webhook wasn't delivered, and a message that is no job."""
    site.send(site.dead_url, JOB)
    site.fail("j1", "Every try failed.")
    site.send(site.dead_url, JOB | {"job_id": "j2"})
    site.enter("j2", status="COMPLETE", webhook_state="PENDING")
    site.send(site.dead_url, "[bold]pas du JSON[/bold]\x1b[2J", reason="not JSON, or without a usable job_id")


def test_an_empty_queue(site: Site) -> None:
    done = site.run("queue")
    assert done.code == 0
    assert done.out.splitlines()[1:] == [
        "  waiting       0",
        "  in flight     0",
        "  delayed       0",
        "  oldest        unknown: CloudWatch has no measurement",
        "  dead letters  0",
    ]


def test_what_waits_is_rendered_and_is_late(site: Site) -> None:
    sqs = site.aws.client("sqs")
    for number in range(4):
        site.send(site.queue_url, JOB | {"job_id": f"j{number}"})
    sqs.receive_message(QueueUrl=site.queue_url, VisibilityTimeout=60)
    sqs.send_message(QueueUrl=site.queue_url, MessageBody="{}", DelaySeconds=60)
    letters(site)
    now = datetime.datetime.now(datetime.UTC)
    site.aws.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": site.queue_url.rpartition("/")[2]}],
                "Timestamp": now - datetime.timedelta(minutes=minutes),
                "Value": value,
                "Unit": "Seconds",
            }
            for minutes, value in ((9, 5.0), (2, 420.0))
        ],
    )
    result = site.run("queue", "--json").json
    assert {name: result[name] for name in ("visible", "in_flight", "delayed", "oldest_seconds", "dlq_messages")} == {
        "visible": 3,
        "in_flight": 1,
        "delayed": 1,
        "oldest_seconds": 420.0,
        "dlq_messages": 3,
    }
    shown = site.run("queue").out
    assert "oldest        7 min" in shown
    assert "hospup-video dlq list" in shown


def test_parts_that_are_offered_to_idle_workers(site: Site) -> None:
    parts = site.aws.client("sqs").create_queue(QueueName="offered-parts")["QueueUrl"]
    site.send(parts, "{}")
    assert "  parts         1 offered to idle workers" in site.run("queue", PARTS_QUEUE_URL=parts).out.splitlines()
    assert site.run("queue", "--json", PARTS_QUEUE_URL=parts).json["parts_offered"] == 1
    assert site.run("queue", "--json", PARTS_QUEUE_URL=f"{parts}-not").json["parts_offered"] is None


def test_a_queue_that_is_not_there(site: Site) -> None:
    done = site.run("queue", "--queue-url", site.queue_url + "-not")
    assert (done.code, done.out) == (3, "")
    assert "doesn't exist in this account and region" in done.err
    assert f"{site.queue_url}-not, region eu-west-1" in done.err


def test_a_queue_without_dead_letter_queue(site: Site) -> None:
    lonely = site.aws.client("sqs").create_queue(QueueName="lonely")["QueueUrl"]
    assert "no dead-letter queue" in site.run("queue", "--queue-url", lonely).out
    done = site.run("dlq", "list", "--queue-url", lonely)
    assert done.code == 2
    assert "lonely has no dead-letter queue" in done.err


def test_dead_letters_are_listed_with_reasons_and_stay(site: Site) -> None:
    letters(site)
    for _ in range(2):
        done = site.run("dlq", "list")
        assert done.code == 0
        assert "RENDER_FAILED: Every try failed." in done.out
        assert "the video is made; the webhook is given up" in done.out
        assert "not JSON, or without a usable job_id" in done.out
        assert "body: [bold]pas du JSON[/bold]\\x1b[2J" in done.out
        assert done.out.splitlines()[-1].startswith("3 messages in ")
    assert site.run("queue", "--json").json["dlq_messages"] == 3


def test_dead_letters_by_filter(site: Site) -> None:
    letters(site)
    assert [found["job_id"] for found in site.run("dlq", "list", "--job", "j2", "--json").json["messages"]] == ["j2"]
    (found,) = site.run("dlq", "list", "--reason", "NOT json", "--json").json["messages"]
    assert (found["job_id"], found["body_start"]) == (None, "[bold]pas du JSON[/bold]\x1b[2J")


def test_a_failure_that_could_not_be_told(site: Site) -> None:
    site.send(site.dead_url, JOB)
    site.fail("j1", "Le clip manque.", "MEDIA_MISSING", webhook_state="PENDING")
    (found,) = site.run("dlq", "list", "--reason", "webhook", "--json").json["messages"]
    assert found["reason"] == "MEDIA_MISSING: Le clip manque. The webhook is given up."


def test_more_dead_letters_than_one_batch(site: Site) -> None:
    for number in range(23):
        site.send(site.dead_url, JOB | {"job_id": f"j{number}"})
    found = site.run("dlq", "list", "--json").json["messages"]
    assert {letter["job_id"] for letter in found} == {f"j{number}" for number in range(23)}
    assert site.run("dlq", "list", "--limit", "12").out.splitlines()[-1].startswith("12 of about 23 messages in ")


def test_a_filter_is_applied_to_all_and_the_limit_to_what_it_leaves(site: Site) -> None:
    for number in range(12):
        site.send(site.dead_url, JOB | {"job_id": f"j{number}"})
    for number in (0, 5, 11):
        found = site.run("dlq", "list", "--job", f"j{number}", "--limit", "1", "--json").json
        assert ([letter["job_id"] for letter in found["messages"]], found["about"]) == ([f"j{number}"], 12)
    last = site.run("dlq", "list", "--reason", "no worker", "--limit", "2").out.splitlines()[-1]
    assert last.startswith("12 messages in ")
    assert last.endswith(", 2 printed")


def test_an_id_that_no_dead_letter_has(site: Site) -> None:
    letters(site)
    for command in (("show", "nobody"), ("redrive", "--job", "nobody"), ("purge", "--job", "nobody", "--yes")):
        done = site.run("dlq", *command)
        assert (done.code, done.out) == (1, ""), command
        assert "No dead letter is of job nobody" in done.err
    assert site.run("dlq", "redrive", "--reason", "nothing has this").code == 0


def test_a_message_that_a_worker_set_aside_is_found_by_the_id_that_it_was_sent_as(site: Site) -> None:
    set_aside = site.send(site.dead_url, "{", reason="not JSON", sent_as="1-2-3")
    for name in (set_aside, "1-2-3"):
        assert "sent as  1-2-3" in site.run("dlq", "show", name).out


def test_an_empty_dead_letter_queue(site: Site) -> None:
    assert site.run("dlq", "list").out.endswith("-dlq is empty.\n")
    assert site.run("dlq", "redrive").out.endswith(": none was found.\n")
    dead = site.aws.client("sqs").get_queue_attributes(QueueUrl=site.dead_url, AttributeNames=["QueueArn"])
    arn = dead["Attributes"]["QueueArn"]
    (move,) = site.aws.client("sqs").list_message_move_tasks(SourceArn=arn)["Results"]
    assert move["Status"] == "COMPLETED"  # SQS's count says nothing of a message that has just arrived
    assert site.run("dlq", "purge").out.startswith("None deleted: no message was seen in site-")


def test_a_dead_letter_is_shown_whole_and_not_obeyed(site: Site) -> None:
    letters(site)
    done = site.run("dlq", "show", "j1")
    assert done.code == 0
    assert '"video_url": "s3://files/été.mp4"' in done.out
    (found,) = site.run("dlq", "list", "--reason", "usable", "--json").json["messages"]
    shown = site.run("dlq", "show", found["message_id"]).out
    assert "[bold]pas du JSON[/bold]\\x1b[2J" in shown


def test_redrive_moves_everything_by_sqs_itself(site: Site) -> None:
    letters(site)
    assert "Would put 3 messages back into site-" in site.run("dlq", "redrive", "--dry-run").out
    assert site.run("queue", "--json").json["dlq_messages"] == 3
    done = site.run("dlq", "redrive")
    assert (done.code, done.out.startswith("Put 3 messages back into site-")) == (0, True)
    assert {json.loads(body)["job_id"] for body in site.bodies(site.queue_url) if body[0] == "{"} == {"j1", "j2"}
    assert site.run("queue", "--json").json["dlq_messages"] == 0


def test_redrive_with_a_filter_moves_what_matches(site: Site) -> None:
    letters(site)
    assert site.run("dlq", "redrive", "--reason", "render_failed", "--dry-run", "--json").json["messages"] == 1
    assert site.bodies(site.queue_url) == []
    assert site.run("dlq", "redrive", "--reason", "render_failed").code == 0
    assert [json.loads(body) for body in site.bodies(site.queue_url)] == [JOB]
    assert site.groups(site.queue_url) == ["21"]
    left = site.run("dlq", "list", "--json").json["messages"]
    assert {letter["job_id"] for letter in left} == {"j2", None}


def test_purge_asks_first(site: Site) -> None:
    letters(site)
    refused = site.run("dlq", "purge", answer="n\n")
    assert (refused.code, refused.out) == (2, "")
    assert "Delete about 3 messages, all there are in" in refused.err
    unanswered = site.run("dlq", "purge")
    assert unanswered.code == 2
    assert "--yes" in unanswered.err
    assert site.run("queue", "--json").json["dlq_messages"] == 3
    assert site.run("dlq", "purge", answer="y\n").code == 0
    assert site.run("queue", "--json").json["dlq_messages"] == 0


def test_purge_with_a_filter(site: Site) -> None:
    letters(site)
    assert "Would delete 1 message of" in site.run("dlq", "purge", "--job", "j1", "--dry-run").out
    assert site.run("dlq", "purge", "--job", "j1", "--yes").code == 0
    assert {letter["job_id"] for letter in site.run("dlq", "list", "--json").json["messages"]} == {"j2", None}
    assert site.run("dlq", "purge", "--yes", "--json").json == {
        "status": "PURGED",
        "messages": 2,
        "dlq_url": site.dead_url,
    }


def test_reasons_are_missing_where_the_ledger_is(site: Site) -> None:
    letters(site)
    done = site.run("dlq", "list", "--jobs-table", "not-there")
    assert done.code == 0
    assert "The ledger could not be read" in done.err
    assert "j1" in done.out
