"""The carrier's own page about its account at a shop, behind an unguessable link that the shop can revoke.

It helps the carrier's engineers to push, and shows what came of it. Nothing on it is a shopper's: tracking numbers are
cut to their last signs, bodies, headers and scans are not shown.
"""
