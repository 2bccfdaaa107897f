"""Golden tests need Chromium; without it they fail with a sentence, rather than being skipped unnoticed."""

import pytest

from tests.golden import browser


@pytest.fixture(autouse=True, scope="session")
def _chromium() -> None:
    try:
        browser.executable()
    except browser.NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)
