"""Asks the sandbox over HTTP as a customer of each carrier would, with nothing but `requests` and the documentation."""

import requests

from tests.carriers.sandbox.conftest import NUMBERS

TIMEOUT = 5


def dhl(sandbox, number=NUMBERS["dhl-unified"], key="a-key"):
    return requests.get(
        f"{sandbox.base_url('dhl-unified')}/track/shipments",
        params={"trackingNumber": number},
        headers={"DHL-API-Key": key} if key else {},
        timeout=TIMEOUT,
    )


def ups_token(sandbox, client=("an-id", "a-secret")):
    return requests.post(
        f"{sandbox.base_url('ups')}/security/v1/oauth/token",
        auth=client,
        data={"grant_type": "client_credentials"},
        timeout=TIMEOUT,
    )


def ups(sandbox, number=NUMBERS["ups"], token=None):
    token = token or ups_token(sandbox).json()["access_token"]
    return requests.get(
        f"{sandbox.base_url('ups')}/api/track/v1/details/{number}",
        headers={"Authorization": f"Bearer {token}", "transId": "1", "transactionSrc": "tests"},
        timeout=TIMEOUT,
    )


def fedex_token(sandbox, client=("an-id", "a-secret")):
    form = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
    return requests.post(f"{sandbox.base_url('fedex')}/oauth/token", data=form, timeout=TIMEOUT)


def fedex(sandbox, *numbers, token=None, detailed=True):
    token = token or fedex_token(sandbox).json()["access_token"]
    asked = [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers or (NUMBERS["fedex"],)]
    return requests.post(
        f"{sandbox.base_url('fedex')}/track/v1/trackingnumbers",
        json={"trackingInfo": asked, "includeDetailedScans": detailed},
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT,
    )


def dhl_subscribe(sandbox, url, *numbers, key="a-key", secret="tok", **changes):
    order = {
        "hook": {
            "uri": url,
            "authentication": {"type": "ApiKeyAuthentication", "header": "DHL-Hook-Token", "token": secret},
        },
        "format": "Default",
        "type": "Shipment",
        "events": ["Pre-Transit", "Transit", "Delivered", "Failure", "Unknown"],
        "shipmentIDs": numbers,
    }
    return requests.post(
        f"{sandbox.base_url('dhl-unified')}/tracking/push/v1/subscription",
        json=order | changes,
        headers={"DHL-API-Key": key},
        timeout=TIMEOUT,
    )


def ups_subscribe(sandbox, url, *numbers, token=None, secret="tok", headers=None, **changes):
    token = token or ups_token(sandbox).json()["access_token"]
    order = {
        "locale": "en_US",
        "countryCode": "US",
        "trackingNumberList": numbers,
        "destination": {"url": url, "credentialType": "Bearer", "credential": secret},
    }
    return requests.post(
        f"{sandbox.base_url('ups')}/api/track/v1/subscription/standard/package",
        json=order | changes,
        headers={"Authorization": f"Bearer {token}"} | (headers or {"transId": "1", "transactionSrc": "tests"}),
        timeout=TIMEOUT,
    )
