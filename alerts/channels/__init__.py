"""Every way Doorstep can write to a shopper, by key. A new one is its module and its line here."""

from django.utils.module_loading import import_string

from alerts.channels.base import Channel, ChannelMisconfigured

CHANNELS = {
    "email": "alerts.channels.email.Email",
    "sms": "alerts.channels.sms.channel.Sms",
    "push": "alerts.channels.push.Push",
    "webhook": "alerts.channels.webhook.Webhook",
}


def channel(key: str) -> Channel:
    """The channel of this key. Raises ChannelMisconfigured, naming the keys there are."""
    try:
        path = CHANNELS[key]
    except KeyError:
        known = ", ".join(sorted(CHANNELS))
        raise ChannelMisconfigured(f"There is no channel {key!r}. Known channels: {known}.") from None
    return import_string(path)()


def channel_choices() -> list[tuple[str, str]]:
    return [(key, channel(key).name) for key in CHANNELS]


def repeatable_channels() -> list[str]:
    """The channels whose messages may be sent again when nobody knows whether they arrived."""
    return [key for key in CHANNELS if channel(key).is_repeatable]
