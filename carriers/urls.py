from django.urls import path

from carriers.views import CallbackView

urlpatterns = [
    path("<slug:carrier>/<str:token>/", CallbackView.as_view(), name="carrier-callback"),
]
