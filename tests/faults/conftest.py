from tests.alerts.conftest import inbox  # noqa: F401 - a fixture
