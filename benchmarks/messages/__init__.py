"""What becomes of messages under load and when things break: a plant of real processes, and what is measured in it."""
