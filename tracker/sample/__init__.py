"""Two shops with about sixty orders in every phase of the journey, for the demo and for trying things out."""
