"""What apps tell each other of."""

from django.dispatch import Signal

# Sent after the commit that wrote them, with the ids of new rows. They only wake; the rows are the news.
changes_recorded = Signal()  # StatusChange
shipments_created = Signal()  # Shipment

# Sent within the transaction that forgets a shopper, before the rows are emptied, with `marks` (see
# orders.services.erasure) and `now`: every app erases what it keeps of them. A receiver that fails undoes it all.
customer_erased = Signal()
# Sent to be told what every app knows of a `customer`: a receiver returns a list of QuerySets.
customer_disclosed = Signal()
