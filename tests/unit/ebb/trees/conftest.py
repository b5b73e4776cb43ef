"""xgboost is quiet in these tests, whatever the tests before them in the same process have set."""

from collections.abc import Iterator

import pytest
import xgboost


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with xgboost.config_context(verbosity=0):
        yield
