"""What DHL's divisions say beyond DHL's five status codes: by their own codes (CODES) or in prose (WORDS).

Only what is telling is here: where a code says no more than the "transit" or "delivered" beside it, that is enough.
The facts are DHL's own table of division statuses.
"""

from carriers.reading.words import compiled
from orders.reasons import Reason
from orders.statuses import Status

# {division: {(status, reason): codes}}
CODES: dict[str, dict[tuple[Status, Reason | None], str]] = {
    "express": {
        (Status.OUT_FOR_DELIVERY, None): "WC",
        (Status.DELIVERED, None): "OK PD DD",
        (Status.ATTEMPT_FAILED, None): "ND",
        (Status.EXCEPTION, Reason.CARRIER_DELAY): "MD",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "NH",
        (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): "CA",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): "RD",
        (Status.AVAILABLE_FOR_PICKUP, None): "CC",
        (Status.EXCEPTION, None): "OH SS CS",
        (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): "BA",
        (Status.EXCEPTION, Reason.RECIPIENT_MOVED): "CM",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): "CD UD BN",
        (Status.EXCEPTION, Reason.PAYMENT_REQUIRED): "HP",
        (Status.EXCEPTION, Reason.MISSORTED): "MC MS",
        (Status.EXCEPTION, Reason.DISPOSED): "DS",
        (Status.RETURNING, None): "RT",
    },
    "parcel-de": {
        (Status.INFO_RECEIVED, None): "VA AN",
        (Status.OUT_FOR_DELIVERY, None): "PO",
        (Status.DELIVERED, None): "ZU",
        (Status.ATTEMPT_FAILED, None): "ZN",
        (Status.AVAILABLE_FOR_PICKUP, None): "LA ZF",
        (Status.EXCEPTION, None): "BV",
    },
    "parcel-nl": {
        (Status.INFO_RECEIVED, None): """
            AGREED_COLLECTION ANNOUNCED_AT_PARCELSHOP COLLECTION_DATA_RECEIVED COLLECTION_HANDED_OVER_TO_DD
            COLLECTION_HANDED_OVER_TO_THIRD_PARTY COLLECTION_IMPORT_EXPRESS COLLECTION_ORDER_HANDED_OVER_TO_DRIVER
            COLLECTION_ORDER_OUT_FOR_DELIVERY COLLECTION_ORDER_SCANNED COLLECTION_PLANNED_IN_ROUTE
            COLLECT_AGAIN_SAME_ADDRESS DATA_RECEIVED_WITH_PREFIX_LABEL LEG_CREATED NEW_COLLECTION_ATTEMPT
            PARCEL_NOT_BROUGHT_IN PARCEL_WILL_BE_BROUGHT_IN_BY_RECEIVER PICKUP_DATA_RECEIVED
            PRENOTIFICATION_RECEIVED WILL_BE_COLLECTED""",
        (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER): """
            BACKLOG_COLLECTION_CANCELLED BACKLOG_NOT_COLLECTED BACKLOG_PICKUP_CANCELLED BAD_ADDRESS_NOT_COLLECTED
            COLLECTION_ADDRESS_CLOSED COLLECTION_ORDER_REFUSED NOTHING_COLLECTED NOTHING_PICKED_UP
            NOTHING_PICKED_UP_GOODS_ALREADY_COLLECTED NOTHING_PICKED_UP_GOODS_ARE_NOT_READY_YET
            NOTHING_PICKED_UP_NO_GOODS_FOR_TODAY NOTHING_PICKED_UP_NO_ORDER_GIVEN NOTHING_PICKED_UP_ORDER_CANCELLED
            NOTHING_PICKED_UP_OTHER_REASON PALLET_MATERIAL_NOT_AVAILABLE PALLET_MATERIAL_NOT_AVAILABLE_AT_PICKUP
            PALLET_NOT_EMPTY PALLET_NOT_EMPTY_AT_PICKUP PARCEL_OUT_OF_TIME_FOR_DROP_OFF
            RECEIVER_CLOSED_COLLECTION_CANCELLED RECEIVER_CLOSED_COLLECTION_RESCHEDULED
            RECEIVER_CLOSED_ON_HOLIDAY_COLLECTION_CANCELLED RECEIVER_CLOSED_ON_HOLIDAY_COLLECTION_RESCHEDULED
            RECEIVER_CLOSED_ON_HOLIDAY_PICKUP_CANCELLED RECEIVER_CLOSED_PICKUP_CANCELLED
            RECEIVER_MOVED_OR_UNKNOWN_NOT_COLLECTED""",
        (Status.IN_TRANSIT, None): """
            DELIVERED_AT_PARCELSHOP NEW_DELIVERY_ATTEMPT PARCEL_RETURNED_FROM_ROUTE REDELIVER
            REDELIVER_AT_PARCELSHOP REDELIVER_DIFFERENT_ADDRESS REDELIVER_SAME_ADDRESS""",
        (Status.OUT_FOR_DELIVERY, None): """
            LOAD_VEHICLE OUT_FOR_DELIVERY PARCEL_HANDED_OVER_TO_COURIER PARCEL_INTO_FALLBACK
            PARCEL_WILL_BE_DELIVERED_SOON""",
        (Status.DELIVERED, None): """
            COLLECTED_AT_ACCESSPOINT COLLECTED_AT_PARCELSHOP COLLECTED_AT_PARCELSTATION DELIVERED DELIVERED_DAMAGED
            DELIVERED_NOT_IN_TIME DELIVERED_NO_CODE_VALIDATION PARTIAL_DELIVERY SHIPMENT_COLLECTED""",
        (Status.DELIVERED, Reason.DELIVERED_TO_LOCKER): "DELIVERED_IN_MAILBOX",
        (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): "DELIVERED_AT_NEIGHBOURS DELIVERED_AT_PREFERED_NEIGHBOURS",
        (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE): "DELIVERED_AT_SAFEPLACE",
        (Status.ATTEMPT_FAILED, None): "FAILED_TO_DELIVER_REDELIVER REFUSED_OTHER_REASON SAFEPLACE_DELIVERY_FAILED",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): """
            NOT_HOME NOT_HOME_NEW_DELIVERY NOT_HOME_SYSTEM_INTERVENTION_DELIVERY_AT_PARCELSHOP NOT_HOME_TO_PARCELSHOP
            NOTIFICATION_NOT_HOME_TO_PARCELSHOP""",
        (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): """
            CLOSED CLOSED_AWAITING_COLLECTION CLOSED_ON_ARRIVAL RECEIVER_CLOSED_PASSED_TO_DEPOT
            RECEIVER_CLOSED_PASSED_TO_PARCELSHOP""",
        (Status.ATTEMPT_FAILED, Reason.IDENTITY_UNCONFIRMED): """
            DELIVERY_CODE_MISSING_NEW_ATTEMPT DELIVERY_CODE_MISSING_PICK_UP ID_CHECK_UNSUCCESSFUL
            INCORRECT/UNKNOWN_PIN""",
        (Status.ATTEMPT_FAILED, Reason.PAYMENT_REQUIRED): "NO_MONEY_REDELIVER REFUSED_NO_MONEY REFUSED_WILL_NOT_PAY",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): """
            REFUSED REFUSED_AT_PARCELSHOP REFUSED_BY_RECEIVER REFUSED_DAMAGED REFUSED_INCOMPLETE REFUSED_INVENTORY
            REFUSED_NOT_ORDERED REFUSED_NOT_ORDERED_CORONA REFUSED_NOT_SIGNED REFUSED_NO_RECAP
            REFUSED_REQUESTS_WAYBILL REFUSED_RETURN_TO_DD REFUSED_TOO_LATE""",
        (Status.ATTEMPT_FAILED, Reason.CAPACITY): "ACCESSPOINT_FULL_REDELIVER PARCELSHOP_FULL_REDELIVER",
        (Status.AVAILABLE_FOR_PICKUP, None): """
            AWAITING_RECEIVER_COLLECTION DELIVERED_AT_ACCESSPOINT DELIVERED_AT_DEPOT DELIVERED_AT_PARCELSTATION
            NOTIFICATION_FOR_PARCELSHOP_COLLECTION_HAS_BEEN_SENT ON_HOLD_FOR_COLLECTION PARCELSHOP_DELIVERY_DEVIATION
            PARCEL_FOUND_AT_PARCELSHOP PARCEL_HELD_FOR_COLLECTION_AT_LOCAL_DEPOT REMINDER_FOR_COLLECTION_SENT_EMAIL
            REMINDER_FOR_COLLECTION_SENT_LETTER REMINDER_FOR_COLLECTION_SENT_SMS""",
        (Status.EXCEPTION, None): """
            CLOSED_SHIPMENT CS_ACTION_REQUIRED HELD_IN_STORAGE HELD_IN_STORAGE_INCOMPLETE ON_HOLD ON_HOLD_ANNOUNCED
            PACKAGING_ISSUE SPECIAL_HANDLING""",
        (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): """
            ADDRESS_NOT_FOUND BAD_ADDRESS BAD_ADDRESS_INTERNATIONAL DELIVERY_DATA_INCORRECT MISCODE
            ON_HOLD_BAD_ADDRESS""",
        (Status.EXCEPTION, Reason.RECIPIENT_MOVED): "RECEIVER_MOVED_OR_UNKNOWN",
        (Status.EXCEPTION, Reason.RECIPIENT_ABSENT): "RECEIVER_ON_HOLIDAY_ANNOUNCED",
        (Status.EXCEPTION, Reason.BUSINESS_CLOSED): """
            DELIVERY_DATE_CHANGED_BY_DEPOT_MANAGER_REASON_CLOSED HELD_IN_STORAGE_CLOSED RECEIVER_CLOSED_ANNOUNCED
            RECEIVER_CLOSED_ON_HOLIDAY""",
        (Status.EXCEPTION, Reason.RESCHEDULED): "DELIVERY_DATE_CHANGED_BY_DEPOT_MANAGER HELD_IN_STORAGE_HOLIDAY",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): """
            BONDED_LOCATION CLEARANCE_DELAY SHIPMENT_INTERCEPT UNCONTROLLABLE_CLEARANCE_DELAY""",
        (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): "INSUFFICIENT_DOCUMENTATION",
        (Status.EXCEPTION, Reason.PAYMENT_REQUIRED): "AWAITING_PAYMENT_RECEIVER_NOTIFIED HELD_FOR_PAYMENT",
        (Status.EXCEPTION, Reason.DAMAGED): "ARRIVED_DAMAGED HELD_IN_STORAGE_DAMAGED REPACKED_DELIVERY_DAMAGED",
        (Status.EXCEPTION, Reason.REFUSED): "HELD_IN_STORAGE_REFUSED",
        (Status.EXCEPTION, Reason.PICKUP_EXPIRED): "PARCEL_NOT_COLLECTED_AT_PARCELSHOP REFUSED_2ND_KIB",
        (Status.EXCEPTION, Reason.LOST): """
            MISSING_AFTER_ROUTE PARCEL_MISSING PARCEL_MISSING_AT_PARCELSHOP
            PARCEL_MISSING_AT_PARCELSHOP_NOTICED_AT_STOCK_CHECK PARCEL_MISSING_AT_PARCELSHOP_NOTICED_BY_COURIER
            PARCEL_MISSING_AT_PARCELSHOP_NOTICED_BY_CUSTOMER PIECE_MISSING NOT_ARRIVED""",
        (Status.EXCEPTION, Reason.UNDER_INVESTIGATION): "TRACE_INITIATED",
        (Status.EXCEPTION, Reason.MISSORTED): "MISSORT MIS_ROUTED",
        (Status.EXCEPTION, Reason.CAPACITY): "BACKLOG_NOT_DELIVERED HELD_IN_STORAGE_BACKLOG",
        (Status.EXCEPTION, Reason.CARRIER_DELAY): "FORWARD_DESTINATION_TOO_LATE MISSED_DELIVERY_CYCLE TRANSPORT_DELAY",
        (Status.EXCEPTION, Reason.NATURAL_DISASTER): """
            CALAMITY_SYSTEM_INTERVENTION_DELIVERY_AT_PARCELSHOP FORCE_MAJEURE""",
        (Status.EXCEPTION, Reason.SECURITY_HOLD): "SHIPMENT_INSPECTION_ON_HOLD SHIPMENT_INSPECTION_REJECTED",
        (Status.EXCEPTION, Reason.PROHIBITED): "DANGEROUS_GOODS_OCCURRENCE DENIED_PARTIES SHIPMENT_STOPPED",
        (Status.EXCEPTION, Reason.SHIPPING_DATA): """
            DATA_MISSING INVALID_SHIPMENT_SPECIFICATION LABEL_UNUSABLE PARCEL_NOT_SORTED_AT_HUB_NO_INFO
            PARCEL_NO_DATA""",
        (Status.EXCEPTION, Reason.DISPOSED): "DESTROYED",
        (Status.RETURNING, None): """
            INTERVENTION_RECEIVER_REQUEST_DELIVERY_CANCELLED INTERVENTION_REQUEST_CANCEL_INTERVENTION
            INTERVENTION_REQUEST_CANCEL_INTERVENTION_SUSPECTED_FRAUD INTERVENTION_SHIPPER_REQUEST_DELIVERY_CANCELLED
            MISROUTED_RETURN_TO_SHIPPER ON_ROUTE_TO_SHIPPER PARCEL_RELABELED_FOR_RETURN_TO_SHIPPER
            PARCEL_SCANNED_AT_RETURN_HUB PARCEL_SCANNED_FOR_RETURN_TO_HUB PARCELSTATION_DELIVERY_UNSUCCESFULL_RETURN
            POSTPROCESS_RETURN_CONSOLIDATION POSTPROCESS_RETURN_CONSOLIDATION_DEPART
            POSTPROCESS_RETURN_CONSOLIDATION_LOAD RECEIVER_RETURN""",
        (Status.RETURNING, Reason.ADDRESS_INCORRECT): """
            ADDRESS_UNKNOWN DELIVERY_DATA_INCORRECT_RETURN POSTAL_CODE_INCORRECT PO_BOX""",
        (Status.RETURNING, Reason.RECIPIENT_MOVED): "RECEIVER_UNKNOWN_RETURN",
        (Status.RETURNING, Reason.RECIPIENT_ABSENT): "NOT_HOME_RETURN_TO_SHIPPER",
        (Status.RETURNING, Reason.REFUSED): "REFUSED_RETURN",
        (Status.RETURNING, Reason.DAMAGED): "DAMAGE_RETURN",
        (Status.RETURNING, Reason.PAYMENT_REQUIRED): "NO_MONEY_RETURN",
        (Status.RETURNING, Reason.IDENTITY_UNCONFIRMED): "DELIVERY_CODE_MISSING_RETURN",
        (Status.RETURNING, Reason.CUSTOMS_DOCUMENTS): "CUSTOMS_DATA_INCORRECT_RETURN_TO_SHIPPER",
        (Status.RETURNING, Reason.SHIPPING_DATA): """
            INVALID_SHIPMENT_SPECIFICATION_RETURN PARCEL_TOO_HEAVY_RETURN PARCEL_TOO_LARGE_RETURN""",
        (Status.RETURNING, Reason.PICKUP_EXPIRED): """
            REFUSED_NOT_COLLECTED RETURNED_NOT_COLLECTED STORAGE_PERIOD_ENDED_AT_ACCESSPOINT
            STORAGE_PERIOD_ENDED_AT_PARCELSHOP STORAGE_PERIOD_ENDED_AT_PARCELSTATION""",
        (Status.RETURNED, None): """
            DELIVERED_AT_SHIPPER EXPECTED_RETURN_DELIVERED_AT_SHIPPER_CALCULATED PARCEL_ALREADY_RETURNED
            POSTPROCESS_DELIVERED_AT_SHIPPER RETURNED_TO_SHIPPER RETURN_DELIVERED_AT_SHIPPER_CALCULATED""",
    },
    "parcel-pl": {
        (Status.INFO_RECEIVED, None): "EDWP SP_DWP",
        (Status.CANCELLED, None): "SP_CN",
        (Status.OUT_FOR_DELIVERY, None): "LK KWC TRM2",
        (Status.DELIVERED, None): "DOR DOR_OTH DOR_OWL DOR_RDZ PPDOR SP_DOR",
        (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE): "DOR_LOK",
        (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): "DOR_SAS",
        (Status.ATTEMPT_FAILED, None): "ZWW AWI_NSP SP_CAP",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "AWI AWI_DP2 AWI_ONU AWI_SAS",
        (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED): "AWI_OZ",
        (Status.ATTEMPT_FAILED, Reason.CAPACITY): "AWI_SPCAP",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): """
            OP OP_BWER OP_COD OP_DUB OP_OTH OP_PLA OP_PNK OP_REZ OP_ROD OP_SAS OP_TNZ OP_UMO OP_USK OP_USP""",
        (Status.AVAILABLE_FOR_PICKUP, None): """
            DOR_POC DOR_SP OWL OWL_KP OWL_ONO OWL_PS_KP OWL_PS_ONO OWL_SP_KP OWL_SP_ONO SP_DSP SP_KP SP_PA""",
        (Status.EXCEPTION, None): "CC SP_ZAM",
        (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): "AN AN_BO AN_SAS",
        (Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE): "AN_RA",
        (Status.EXCEPTION, Reason.PAYMENT_REQUIRED): "BRG BRG_SAS",
        (Status.EXCEPTION, Reason.SHIPPING_DATA): "AWI_ROD PNK",
        (Status.RETURNING, None): "REZ ZWR ZWR_OP ZWR_WER",
        (Status.RETURNING, Reason.ADDRESS_INCORRECT): "ZWR_AN",
        (Status.RETURNING, Reason.RECIPIENT_ABSENT): "AWI_CZAS",
        (Status.RETURNING, Reason.IDENTITY_UNCONFIRMED): "OP_DO",
        (Status.RETURNING, Reason.SHIPPING_DATA): "OP_DOK",
        (Status.RETURNING, Reason.PICKUP_EXPIRED): "SP_KZW SP_TO ZWR_ZB ZWR_ZT",
        (Status.RETURNING, Reason.REFUSED): "SP_OP SP_ZWR",
        (Status.RETURNED, None): "ZWN",
    },
    "ecommerce": {
        (Status.INFO_RECEIVED, None): "109 128 129 134 135 235 238 300 350 445 574",
        (Status.CANCELLED, None): "101",
        (Status.OUT_FOR_DELIVERY, None): "525 541 544 558 580 583 597 598",
        (Status.DELIVERED, None): "572 600 607 621",
        (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): "606",
        (Status.DELIVERED, Reason.DELIVERED_TO_LOCKER): "657",
        (Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION): "656",
        (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE): "652 653 654 655 658 659",
        (Status.ATTEMPT_FAILED, None): "550 553 563 571 595 596 615 629 638 639 651 665",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "551 552 556 594 613 844",
        (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): "555 564 612",
        (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED): "554 605",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): "610 611 619",
        (Status.ATTEMPT_FAILED, Reason.PAYMENT_REQUIRED): "614",
        (Status.AVAILABLE_FOR_PICKUP, None): "469 522 560 565 570 585 588 599 601",
        (Status.IN_TRANSIT, None): "116 161 642",
        (Status.IN_TRANSIT, Reason.REDIRECTED): "162 582 632",
        (Status.EXCEPTION, None): "107 312 358 573 625 626 644",
        (Status.EXCEPTION, Reason.DUTIES_UNPAID): "240 242 503 608",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): "443 448 453 506 507 508",
        (Status.EXCEPTION, Reason.CARRIER_DELAY): "450 592 593",
        (Status.EXCEPTION, Reason.MISSORTED): "546 640 641 670 671",
        (Status.EXCEPTION, Reason.RESCHEDULED): "581 609 616",
        (Status.EXCEPTION, Reason.DAMAGED): "620 623",
        (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): "630 631 689 691 700 740 750",
        (Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE): "633 683 710",
        (Status.EXCEPTION, Reason.RECIPIENT_MOVED): "686 720 730",
        (Status.EXCEPTION, Reason.PICKUP_EXPIRED): "693 760 780",
        (Status.EXCEPTION, Reason.LOST): "690",
        (Status.EXCEPTION, Reason.DISPOSED): "636 650 825",
        (Status.EXCEPTION, Reason.SHIPPING_DATA): "229 513",
        (Status.RETURNING, None): """
            108 602 603 604 624 627 628 800 802 805 806 807 808 809 810 811 813 815 816 817 818 820 821 849 853 854 855
            856 857 858 859 862 880 881 882 883 884 885 886 887""",
        (Status.RETURNING, Reason.PICKUP_EXPIRED): "804",
        (Status.RETURNED, None): "860 863 864",
    },
    "ecommerce-europe": {
        (Status.INFO_RECEIVED, None): "1 254 367 368 369 370",
        (Status.OUT_FOR_DELIVERY, None): "42",
        (Status.IN_TRANSIT, None): "302",
        (Status.IN_TRANSIT, Reason.REDIRECTED): "159",
        (Status.DELIVERED, None): "63 64 65 66 67 68 69 70 71 306",
        (Status.ATTEMPT_FAILED, None): "72 154 156 161 217 222 223 253 395",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "73 74 75 85 141 372",
        (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): "87 90 96",
        (Status.ATTEMPT_FAILED, Reason.CAPACITY): "88 91 93 97 265",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): "76 207 208 209 210 211",
        (Status.ATTEMPT_FAILED, Reason.PAYMENT_REQUIRED): "77 78 86 214 215",
        (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT): "79 80 206",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_MOVED): "81",
        (Status.ATTEMPT_FAILED, Reason.IDENTITY_UNCONFIRMED): "82 330",
        (Status.ATTEMPT_FAILED, Reason.RESCHEDULED): "218 219",
        (Status.ATTEMPT_FAILED, Reason.SHIPPING_DATA): "89 92 95 98 200",
        (Status.ATTEMPT_FAILED, Reason.WEATHER): "264",
        (Status.AVAILABLE_FOR_PICKUP, None): "43 44 45 46 47",
        (Status.EXCEPTION, None): "94 269 392",
        (Status.EXCEPTION, Reason.DAMAGED): "83",
        (Status.EXCEPTION, Reason.RESCHEDULED): "142 172 194",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): "258",
        (Status.EXCEPTION, Reason.WEATHER): "266",
        (Status.EXCEPTION, Reason.CAPACITY): "267",
        (Status.EXCEPTION, Reason.PAYMENT_REQUIRED): "268",
        (Status.EXCEPTION, Reason.SHIPPING_DATA): "358",
        (Status.RETURNING, None): "149 160 248 249 363 364 365",
        (Status.RETURNING, Reason.PICKUP_EXPIRED): "99 100 101 102 155",
        (Status.RETURNING, Reason.REFUSED): "151",
        (Status.RETURNING, Reason.CUSTOMS_HELD): "152",
        (Status.RETURNING, Reason.CUSTOMS_DOCUMENTS): "259",
        (Status.RETURNING, Reason.RECIPIENT_MOVED): "157",
        (Status.RETURNED, None): "366",
    },
    "ecommerce-ppl": {
        (Status.INFO_RECEIVED, None): "900",
        (Status.CANCELLED, None): "999",
        (Status.OUT_FOR_DELIVERY, None): "400",
        (Status.AVAILABLE_FOR_PICKUP, None): "343",
        (Status.DELIVERED, None): "450",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): "464",
        (Status.EXCEPTION, Reason.RESCHEDULED): "460",
        (Status.EXCEPTION, Reason.LOST): "997",
    },
    "freight": {
        (Status.INFO_RECEIVED, None): "ACT-2 64-0 48-0 15-501 31-139",
        (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER): """
            55-20 55-21 55-68 55-126 55-211 55-234 55-240 55-241 55-265 55-266 55-294""",
        (Status.CANCELLED, Reason.CANCELLED_BY_MERCHANT): "7-0",
        (Status.OUT_FOR_DELIVERY, None): "24-501 24-628 361-139",
        (Status.AVAILABLE_FOR_PICKUP, None): "20-13",
        (Status.DELIVERED, None): "21-0 21-23 21-234 21-600 24-600",
        (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): "20-211",
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "56-211",
        (Status.ATTEMPT_FAILED, Reason.REFUSED): "56-241 56-284 56-292 56-611",
        (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT): "20-234",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): "20-126",
        (Status.EXCEPTION, Reason.WEATHER): "20-266",
        (Status.EXCEPTION, Reason.HOLIDAY): "20-354",
        (Status.EXCEPTION, Reason.STRIKE): "20-270",
        (Status.EXCEPTION, Reason.RESCHEDULED): "20-208",
        (Status.EXCEPTION, Reason.PAYMENT_REQUIRED): "20-296",
        (Status.RETURNING, None): "56-222",
    },
    "svb": {
        (Status.INFO_RECEIVED, None): "ANNOUNCED",
        (Status.OUT_FOR_DELIVERY, None): "IN_DELIVERY",
        (Status.ATTEMPT_FAILED, None): "DELIVERY_ATTEMPTED",
        (Status.AVAILABLE_FOR_PICKUP, None): "NOTIFIED NOTIFIED_KEY_ACCOUNT NOTIFIED_PACKSTATION NOTIFIED_PO_BOX",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): "HELD_BY_CUSTOMS",
        (Status.RETURNING, None): "SENT_BACK SENT_BACK_ABROAD",
        (Status.RETURNED, None): "RETURNED_TO_SENDER",
        (Status.UNKNOWN, None): "AMBIGUOUS NO_INFO",
    },
    "dgf": {
        (Status.INFO_RECEIVED, None): "DATA_SUBMITTED",
        (Status.OUT_FOR_DELIVERY, None): "OUT_FOR_DELIVERY",
        (Status.EXCEPTION, None): "DELIVERY_EXCEPTION",
        (Status.EXCEPTION, Reason.CUSTOMS_HELD): "HELD_AT_CUSTOMS",
    },
}  # fmt: skip

# {division: {code: (status, reason)}}
MEANINGS = {
    division: {code: meaning for meaning, codes in groups.items() for code in codes.split()}
    for division, groups in CODES.items()
}

SENDER = "(?:sender|shipper|consignor)"
RECIPIENT = "(?:recipient|consignee|receiver|customer|addressee)"
FETCHED = "(?<!not )(?<!not been )(?<!no been )(?<!be )(?:picked up|collected|retrieved|fetched)"
COUNTER = (
    "(?:packstation|parcel ?(?:shop|station|locker)|access ?point|service ?point|post ?office"
    r"|pick-?up[ -]?(?:point|location)|\bpop\b|locker|retail outlet|branch)"
)

# What the prose says beyond the status code, read from the top: English as asked for, German where it comes anyway.
WORDS = compiled(
    # About the collection from the sender, not about the delivery.
    (Status.INFO_RECEIVED, r"(?:pick-?up|collection|abholung).{0,20}(?:not |un)success|not collected - "),
    (Status.IN_TRANSIT, r"(?:dropped off|picked up|collected).{0,40}by (?:the )?(?:sender|courier)"),
    # On the way back.
    (
        Status.RETURNED,
        rf"(?:delivered|handed over) (?:back )?(?:at|to) (?:the )?(?:\w+ )?{SENDER}",
        r"returned (?:in)?to (?:the )?warehouse|return(?:s|ed)? delivered",
        r"(?:dem|an den|an) absender (?:zugestellt|übergeben)",
    ),
    (
        Status.RETURNING,
        rf"(?:return\w*|sent|way|route|goes|going).{{0,15}} (?:back )?to (?:the |its )?(?:original )?{SENDER}",
        r"return (?:shipment|initiated|process|in progress|started)|will be (?:returned|sent back)",
        r"zurück (?:an|zum)|zurückgesandt|zurückgesendet|rücksendung|retour",
    ),
    (Status.CANCELLED, r"(?:shipment|consignment|parcel) (?:has been |was )?cancel|sendung.{0,20}storniert"),
    # Fetched by the recipient.
    (
        Status.DELIVERED,
        rf"{FETCHED}.{{0,20}} by (?:the )?{RECIPIENT}",
        rf"{RECIPIENT} (?:has )?{FETCHED}",
        r"(?:vom|durch den) empfänger.{0,30}abgeholt|empfänger hat.{0,60}abgeholt",
    ),
    (Status.DELIVERED, r"delivered (?:with )?(?:exception|damage)|delivery attempt (?:was )?successful"),
    (Status.OUT_FOR_DELIVERY, r"out for (?:\w+ )?delivery"),
    # Not handed over.
    (
        Status.ATTEMPT_FAILED,
        r"(?:could|can|was|were|has|have) ?(?:not|n[’'´]t|no) (?:be |been )?(?:delivered|handed over)",
        r"not (?:be |been )?successfully delivered",
        r"un(?:successful|able to) deliver",
        r"delivery (?:attempt|unsuccessful|failed)|delivery.{0,25} not (?:possible|successful)|attempted|not home",
        r"missed (?:each other|you)|no ?(?:one|body) (?:was )?(?:home|available|present)|(?:card|notice) left",
        r"undeliver|not delivered|refus|closed on arrival",
        rf"{RECIPIENT} (?:is |was )?(?:closed|absent|not )",
        r"not (?:been )?(?:picked up|collected|retrieved)",
        r"nicht (?:erfolgreich )?(?:zugestellt|ausgeliefert)|zustell(?:ung|versuch).{0,40}(?:nicht|erfolglos)",
        r"nicht angetroffen|verweigert",
    ),
    # Plans are not deeds.
    (
        Status.IN_TRANSIT,
        r"(?:will|to|shall|can|may|should) be (?:delivered|handed over|redelivered)",
        r"wird.{0,60}(?:zugestellt|ausgeliefert|gebracht)|(?:delivered|handed over) (?:to agent )?for final delivery",
    ),
    # Waiting for the recipient.
    (Status.IN_TRANSIT, r"(?:not|n[’'´]t) (?:yet )?(?:ready|available) for (?:pick-?up|collection)"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:ready|available|waiting|held|stored|awaiting).{0,25}(?:pick-?up|collection|collected|picked up)",
        rf"(?:delivered|handed over|arriv(?:ed|al)|been brought|deposited|dropped).{{0,40}}{COUNTER}",
        r"(?:can|may|to) be (?:picked up|collected|fetched)|abholbereit|zur abholung",
        r"(?:liegt|steht).{0,40}bereit",
        r"in (?:die|der|eine|einer) (?:filiale|packstation|postfiliale|paketshop)",
    ),
    # Trouble on the way.
    (
        Status.EXCEPTION,
        r"customs (?:delay|hold|inspection)|(?:held|hold|delay\w*|stopped|retained).{0,20}customs",
        r"clearance (?:delay|not possible|event)|pending.{0,30}customs|import.{0,20}terminated",
        r"further clearance|clearance processing is required|address information (?:needed|required)",
        r"vom zoll (?:an|zurück)gehalten|on hold|damage|beschädig|mis-?sort|mis-?rout|missent|misdirect",
        r"sorted incorrectly|fehlgeleitet|\bdelay|verzöger|verspät|exception|\blost\b|missing|verloren|strike",
        r"streik|(?:bad|incorrect|wrong|insufficient|unknown) address",
        r"adresse.{0,30}(?:falsch|unvollständig|nicht)|awaiting payment|held.{0,30}payment|nachforschung",
    ),
    # At the door.
    (
        Status.OUT_FOR_DELIVERY,
        r"with (?:the )?(?:delivering |delivery )?courier|in delivery process|next stop",
        r"loaded (?:on|in)?to (?:the )?(?:delivery |delivering )?(?:vehicle|van)",
        r"on (?:the )?(?:delivery )?vehicle|zustellfahrzeug|in zustellung|in auslieferung|wird heute",
    ),
    (
        Status.DELIVERED,
        r"\bdelivered\b|deliver\w* successful|successful\w* deliver|received by (?:the )?consignee|zugestellt",
        r"ausgeliefert",
    ),
    # Before it set off.
    (
        Status.INFO_RECEIVED,
        r"instruction data|electronic\w* (?:pre|shipping|shipment)",
        r"data (?:have|has) been (?:provided|received)|pre-?advi[cs]e|not yet (?:been )?(?:received|handed)",
        r"elektronisch angekündigt|(?:consignment|label) created",
    ),
)

# What the prose says where there is no status code to go by.
GENERAL_WORDS = compiled(
    (Status.INFO_RECEIVED, r"booking|order received|entered into system"),
    (
        Status.IN_TRANSIT,
        r"transit|processed|sorted|arriv|depart|gated|on its way|picked up|collected|received|cleared|customs",
        r"left |scanned into|closed? bag",
        r"bearbeitet|unterwegs|eingetroffen|abgegangen|weitertransport|region des empfängers",
    ),
)
