"""The world of the worker's tests is this one's, too."""

from tests.worker.conftest import aws, make_site, site

__all__ = ["aws", "make_site", "site"]
