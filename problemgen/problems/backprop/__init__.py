"""Gradients, backwards through a network."""
