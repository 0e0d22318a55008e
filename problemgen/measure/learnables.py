"""Make every tensor that an optimiser would change in a small network, and count the entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from problemgen.measure.sliding import window_starts


def learnable_tensors(net: Any) -> dict[str, Any]:
    """Run a signal through the network and return the tensors that were needed on the way, by name."""
    made: dict[str, Any] = {}
    signal = np.zeros((1, net.in_size))
    if net.filters:
        made["kernel"] = np.zeros((net.filters, net.kernel_size))
        made["conv_bias"] = np.zeros(net.filters)
        signal = np.zeros((net.filters, len(window_starts(net.in_size, net.kernel_size))))
    if net.batch_norm:
        made["scale"], made["shift"] = np.ones(len(signal)), np.zeros(len(signal))
    if net.pool_size:
        starts = window_starts(signal.shape[1], net.pool_size, net.pool_stride)
        signal = np.stack([signal[:, start : start + net.pool_size].max(axis=1) for start in starts], axis=1)
    values = signal.ravel()
    if net.hidden:
        made["hidden_weights"], made["hidden_bias"] = np.zeros((net.hidden, len(values))), np.zeros(net.hidden)
        values = made["hidden_weights"] @ values + made["hidden_bias"]
    made["out_weights"], made["out_bias"] = np.zeros((net.outputs, len(values))), np.zeros(net.outputs)
    return made
