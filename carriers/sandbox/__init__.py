"""A pretend carrier: plays parcels' lives over HTTP in real carriers' wire formats.

For the demo, the tests and load tests. It writes what the carriers document and never imports the adapters that read
it, so that the two are checked against each other.
"""
