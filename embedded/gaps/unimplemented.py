"""Operations that moto lacks, in any service: refused at once, by name."""

from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from embedded.gaps._patch import Function, wrap


class NotInTheEmbeddedAws(ServiceException):
    """The error for an operation that the embedded AWS lacks."""

    code = "NotImplemented"


def fill() -> None:
    """Fills every gap of this kind."""
    refuse_at_once()


def refuse_at_once() -> None:
    """moto answers an operation that it lacks with status 500.

    AWS SDKs retry after a 500; the provider does so for about ten minutes without a message. Status 400 ends the
    deployment at once, with a message that names the operation.
    """

    def make(original: Function) -> Function:
        def call_action(self: BaseResponse) -> TYPE_RESPONSE:
            try:
                answer: TYPE_RESPONSE = original(self)
            except NotImplementedError as error:
                refusal = NotInTheEmbeddedAws(f"The embedded AWS (moto) can't do this: {error}")
                status, headers, body = self.serialized(ActionResult(refusal))
                headers["status"] = str(status)
                return status, headers, body
            return answer

        return call_action

    wrap(BaseResponse, "call_action", make)
