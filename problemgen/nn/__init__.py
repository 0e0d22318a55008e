"""Exact deep-learning mathematics for `solve`: layers as data, their shapes, counts and values.  Knows no exams."""
