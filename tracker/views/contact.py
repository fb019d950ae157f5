"""How a shopper reaches the shop."""

from dataclasses import dataclass

from orders.links import web_link
from orders.models import Merchant


@dataclass(frozen=True, slots=True)
class Contact:
    merchant: Merchant

    @property
    def website(self) -> str:
        return web_link(self.merchant.website)

    @property
    def phone_link(self) -> str:
        digits = "".join(sign for sign in self.merchant.support_phone if sign.isdigit() or sign == "+")
        return f"tel:{digits}" if digits else ""

    @property
    def first_link(self) -> str:
        """Where a button "Write to us" leads: mail, else telephone, else the shop's site; empty where there is none."""
        mail = f"mailto:{self.merchant.support_email}" if self.merchant.support_email else ""
        return mail or self.phone_link or self.website
