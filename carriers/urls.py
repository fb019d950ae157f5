from django.urls import path

from carriers.console.views import console
from carriers.views import CallbackView

urlpatterns = [
    path("console/<str:token>/", console, name="carrier-console"),
    path("<slug:carrier>/<str:token>/", CallbackView.as_view(), name="carrier-callback"),
]
