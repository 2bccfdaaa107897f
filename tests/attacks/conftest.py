"""The fixtures of tests/worker."""

from tests.worker.conftest import aws, make_site, site

__all__ = ["aws", "make_site", "site"]
