"""When each message is sent, in a sentence for the shop's people, in the order in which an order lives."""

from django.utils.translation import pgettext_lazy

from alerts.triggers import Trigger

OCCASIONS = {
    Trigger.ORDER_RECEIVED: pgettext_lazy("when it is sent", "Once the order has come in, before anything is shipped."),
    Trigger.ANNOUNCED: pgettext_lazy("when it is sent", "When the carrier knows of it and does not have it yet."),
    Trigger.SHIPPED: pgettext_lazy("when it is sent", "At the carrier's first scan."),
    Trigger.ARRIVING_TOMORROW: pgettext_lazy("when it is sent", "In the evening before the first promised day."),
    Trigger.OUT_FOR_DELIVERY: pgettext_lazy("when it is sent", "When the driver has it, even early in the morning."),
    Trigger.DELIVERED: pgettext_lazy("when it is sent", "When the carrier says that it was delivered."),
    Trigger.LEFT_WITH_NEIGHBOUR: pgettext_lazy("when it is sent", "When a neighbour took it in."),
    Trigger.LEFT_IN_SAFE_PLACE: pgettext_lazy("when it is sent", "When it was left where the shopper finds it."),
    Trigger.LEFT_IN_LOCKER: pgettext_lazy("when it is sent", "When it lies in a locker, a mailbox or at a reception."),
    Trigger.AT_RISK: pgettext_lazy("when it is sent", "When the promised day is in danger, before it has passed."),
    Trigger.LATE: pgettext_lazy("when it is sent", "When the promised day has passed."),
    Trigger.PROMISE_REVISED: pgettext_lazy("when it is sent", "When a later day is promised, with both days."),
    Trigger.RECOVERED: pgettext_lazy("when it is sent", "When a parcel that we warned of will come in time after all."),
    Trigger.EXCEPTION: pgettext_lazy("when it is sent", "When something else holds it up, other than a mere delay."),
    Trigger.DAMAGED: pgettext_lazy("when it is sent", "When the carrier reports damage."),
    Trigger.LOST: pgettext_lazy("when it is sent", "When the carrier reports it as lost."),
    Trigger.RETURNING: pgettext_lazy("when it is sent", "When the carrier turns back with it."),
    Trigger.RETURNED: pgettext_lazy("when it is sent", "When it is back at the shop."),
    Trigger.CANCELLED: pgettext_lazy("when it is sent", "When a parcel is called off."),
    Trigger.ORDER_DELAYED: pgettext_lazy("when it is sent", "When your shop says that it needs longer."),
    Trigger.ORDER_CANCELLED: pgettext_lazy("when it is sent", "When your shop says that the order was called off."),
    Trigger.ATTEMPT_FAILED: pgettext_lazy("when it is sent", "When the driver came and could not hand it over."),
    Trigger.ADDRESS_PROBLEM: pgettext_lazy("when it is sent", "When the carrier cannot deliver to the address."),
    Trigger.HELD_IN_CUSTOMS: pgettext_lazy("when it is sent", "When customs keeps it, perhaps for want of papers."),
    Trigger.DUTIES_DUE: pgettext_lazy("when it is sent", "When duties must be paid before it goes on."),
    Trigger.AVAILABLE_FOR_PICKUP: pgettext_lazy("when it is sent", "When it can be collected."),
    Trigger.PICKUP_REMINDER: pgettext_lazy("when it is sent", "Some days later, if nobody has collected it."),
    Trigger.CASE_OPENED: pgettext_lazy("when it is sent", "When a case was opened, with what is noted."),
    Trigger.CASE_ANSWERED: pgettext_lazy("when it is sent", "When you have answered, with your words."),
    Trigger.CASE_CLOSED: pgettext_lazy("when it is sent", "When you have closed a case."),
    Trigger.REFUNDED: pgettext_lazy("when it is sent", "When you have sent money back."),
    Trigger.HOW_TO_USE: pgettext_lazy("when it is sent", "After the delivery of a product with a guide or a video."),
    Trigger.CARE: pgettext_lazy("when it is sent", "After the delivery of a product with words on its care."),
    Trigger.FEEDBACK: pgettext_lazy("when it is sent", "Some days after the delivery, if nothing is wrong."),
    Trigger.WARRANTY_ENDS: pgettext_lazy("when it is sent", "A month before the longest warranty of the order ends."),
    Trigger.ANNIVERSARY: pgettext_lazy("when it is sent", "A year after the delivery."),
}
