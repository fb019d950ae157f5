from django.urls import path

from alerts.views import email, push, sms
from alerts.views.preferences import choose
from alerts.views.unsubscribe import unsubscribe

app_name = "alerts"

urlpatterns = [
    path("receipts/email/<slug:provider>/", email.receipt, name="email-receipt"),
    path("push/worker.js", push.worker, name="push-worker"),
    path("push/<str:token>/", push.subscribe, name="push-subscribe"),
    path("push/<str:token>/<str:digest>/", push.subscription, name="push-subscription"),
    path("receipts/<slug:provider>/<uuid:uuid>/", sms.receipt, name="sms-receipt"),
    path("sms/<slug:provider>/<str:token>/", sms.inbound, name="sms-inbound"),
    path("choices/<str:token>/", choose, name="preferences"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
]
