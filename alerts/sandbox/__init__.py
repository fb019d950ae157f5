"""A pretend phone network and mailbox, for the demo and the tests: what was texted and e-mailed, to look at."""
