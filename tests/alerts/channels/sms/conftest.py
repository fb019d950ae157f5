import pytest

from alerts.channels.sms import PROVIDERS
from tests.alerts.accounts import platform_at


@pytest.fixture(params=sorted(PROVIDERS))
def by(request, settings):
    """Each provider in turn, with the platform's account there; its key."""
    platform_at(settings, request.param)
    return request.param
