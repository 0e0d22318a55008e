"""The oracles' tools: slide, count and differentiate by brute force, in plain NumPy.

Nothing here knows `nn`: an oracle that shared code with the solution would repeat its errors.
"""
