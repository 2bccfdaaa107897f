"""Commands refuse an id if, and only if, no job can have it."""

from hypothesis import example, given
from hypothesis import strategies as st

from ops.console.options import check_job_id
from ops.errors import UsageError
from worker.job.recipient import usable_id

ODD = st.characters(categories=["Cc", "Cs", "Cn", "Lo", "Zs", "Po"])


@given(st.text(max_size=130) | st.text(ODD, max_size=4) | st.sampled_from("./\\\x7f\ufffe\uffff\udc80"))
@example("..")
@example("x" * 128)
@example("x" * 129)
@example("\ufffd")
def test_an_id_is_refused_as_the_worker_refuses_it(job_id: str) -> None:
    try:
        accepted = check_job_id(job_id)
    except UsageError:
        accepted = None
    assert accepted == (usable_id(job_id) if job_id.strip() else None)
