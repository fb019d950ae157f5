"""Sent after the commit that wrote them, with the ids of new rows. They only wake; the rows are the news."""

from django.dispatch import Signal

changes_recorded = Signal()  # StatusChange
shipments_created = Signal()  # Shipment
