from django.urls import path
from rest_framework.routers import SimpleRouter

from orders.api import OrderViewSet, ShipmentViewSet
from orders.promises_api import PromisePreview, Scores
from orders.webhooks.api import WebhookViewSet

router = SimpleRouter()
router.register("orders", OrderViewSet, basename="order")
router.register("shipments", ShipmentViewSet, basename="shipment")
router.register("webhooks", WebhookViewSet, basename="webhook")

urlpatterns = [
    *router.urls,
    path("promises/preview/", PromisePreview.as_view(), name="promise-preview"),
    path("scores/", Scores.as_view(), name="scores"),
]
