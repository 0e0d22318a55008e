"""The author's stress test: many seeds, or every draw there is, with all that may be wrong with a problem."""
