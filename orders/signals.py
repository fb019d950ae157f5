"""Sent after the commit that wrote them: the ids of new StatusChange rows. Only wakes; the rows are the news."""

from django.dispatch import Signal

changes_recorded = Signal()
