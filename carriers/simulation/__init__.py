"""A month of parcels on paper: which way of asking learns soonest, at an equal number of calls?"""
