from django.urls import path
from rest_framework.routers import SimpleRouter

from orders.api import OrderViewSet, ShipmentViewSet
from orders.customers_api import CustomerDisclosure, CustomerErasure
from orders.news_api import CaseViewSet, OrderCaseViewSet, OrderNewsViewSet, RefundViewSet
from orders.promises_api import PromisePreview, Scores
from orders.webhooks.api import WebhookViewSet

router = SimpleRouter()
router.register("orders", OrderViewSet, basename="order")
router.register("shipments", ShipmentViewSet, basename="shipment")
router.register("cases", CaseViewSet, basename="case")
router.register("webhooks", WebhookViewSet, basename="webhook")

OF_AN_ORDER = {"get": "list", "post": "create"}

urlpatterns = [
    *router.urls,
    path("orders/<str:number>/news/", OrderNewsViewSet.as_view(OF_AN_ORDER), name="order-news"),
    path("orders/<str:number>/refunds/", RefundViewSet.as_view(OF_AN_ORDER), name="order-refunds"),
    path("orders/<str:number>/cases/", OrderCaseViewSet.as_view(OF_AN_ORDER), name="order-cases"),
    path("customers/erase/", CustomerErasure.as_view(), name="customer-erase"),
    path("customers/export/", CustomerDisclosure.as_view(), name="customer-export"),
    path("promises/preview/", PromisePreview.as_view(), name="promise-preview"),
    path("scores/", Scores.as_view(), name="scores"),
]
