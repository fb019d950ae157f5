from orders.models.case import Case, CaseKind
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
from orders.models.shipment import ChangeKind, Shipment, StatusChange, new_token
from orders.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookState
from orders.promise.risk import RiskState

__all__ = [
    "ApiKey",
    "CarrierCorrection",
    "Case",
    "CaseKind",
    "ChangeKind",
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
    "Product",
    "Promise",
    "Promiser",
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
