from django.urls import path

from tracker.views.brand import logo, theme
from tracker.views.lookup import home, lookup
from tracker.views.offers import click
from tracker.views.tracking import track

urlpatterns = [
    path("", home, name="lookup-home"),
    path("find/", home),
    path("find/<slug:slug>/", lookup, name="lookup"),
    path("t/<str:token>/", track, name="track"),
    path("o/<str:token>/<int:offer_id>/", click, name="offer-click"),
    path("theme/<slug:slug>-<int:version>.css", theme, name="theme"),
    path("logo/<slug:slug>-<int:version>", logo, name="logo"),
]
