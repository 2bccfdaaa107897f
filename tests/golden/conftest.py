"""Golden tests need Chromium; without it they fail, once and with a sentence, rather than be skipped unseen."""

import pytest

from tests.golden import browser


@pytest.fixture(autouse=True, scope="session")
def _chromium() -> None:
    try:
        browser.executable()
    except browser.NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)
