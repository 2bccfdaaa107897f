"""Where the workers' traces go."""

from modules.config import Otlp


def traces_to(otlp: Otlp | None, environment: str) -> dict[str, str]:
    """What workers are told of the collector, by OpenTelemetry's own variables: nothing, and they load nothing for it.
    https://opentelemetry.io/docs/specs/otel/protocol/exporter/

    Environments share a collector, and a service's name; this one's is an attribute of all that its workers tell.
    """
    if otlp is None:
        return {}
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint,
        # https://opentelemetry.io/docs/specs/semconv/resource/deployment-environment/
        "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment.name={environment}",
    }
