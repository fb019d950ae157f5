from orders.models.case import Case, CaseKind
from orders.models.consent import AskedAt, Consent, Purpose
from orders.models.correction import CarrierCorrection
from orders.models.customer import Customer
from orders.models.delivery_rule import DeliveryRule
from orders.models.event import Source, TrackingEvent
from orders.models.learning import LearnedTransit
from orders.models.merchant import ApiKey, Font, Membership, Merchant, MerchantDomain, Role
from orders.models.notice import Notice, NoticeKind
from orders.models.order import Order, OrderItem, plain_postcode
from orders.models.product import Product
from orders.models.promise import Promise, Promiser
from orders.models.refund import Refund
from orders.models.shipment import CaseNews, ChangeKind, OrderNews, RefundNews, Shipment, StatusChange, new_token
from orders.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookState
from orders.promise.risk import RiskState

__all__ = [
    "ApiKey",
    "AskedAt",
    "CarrierCorrection",
    "Case",
    "CaseKind",
    "CaseNews",
    "ChangeKind",
    "Consent",
    "Customer",
    "DeliveryRule",
    "Font",
    "LearnedTransit",
    "Membership",
    "Merchant",
    "MerchantDomain",
    "Notice",
    "NoticeKind",
    "Order",
    "OrderItem",
    "OrderNews",
    "Product",
    "Promise",
    "Promiser",
    "Purpose",
    "Refund",
    "RefundNews",
    "RiskState",
    "Role",
    "Shipment",
    "Source",
    "StatusChange",
    "TrackingEvent",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookState",
    "new_token",
    "plain_postcode",
]
