from django.urls import path

from alerts import views

app_name = "alerts"

urlpatterns = [
    path("receipts/twilio/<uuid:uuid>/", views.twilio_receipt, name="twilio-receipt"),
    path("sms/<slug:slug>/inbound/", views.twilio_inbound, name="twilio-inbound"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
