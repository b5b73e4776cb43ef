"""template.yaml as data, and as text where a comment is part of the promise."""

import pytest

from tests.template.reading import TEMPLATE, Template, read


@pytest.fixture(scope="session")
def template() -> Template:
    return Template(read(TEMPLATE.read_text()))


@pytest.fixture(scope="session")
def text() -> str:
    return TEMPLATE.read_text()
