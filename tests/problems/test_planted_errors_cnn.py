"""An error planted in a formula is caught by the oracle, and named, before anything can be printed."""

from __future__ import annotations

import importlib

import pytest
from forgetting import forget

from problemgen import catalog, sampling
from problemgen.errors import OracleDisagreement
from problemgen.formula import Formula
from problemgen.nn import windows

CONV = {"in_channels": 8, "out_channels": 12, "kernel_size": 3}
SIZE = {"in_height": 20, "in_width": 28, "in_channels": 3}
NETWORK = [
    {"kind": "conv", "out_channels": 5, "kernel_size": 3, "stride": 2, "padding": 1},
    {"kind": "pool", "kernel_size": 2, "stride": 2},
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 4},
]
PROBLEMS = {
    "conv_params": CONV,
    "conv_output_shape": {**SIZE, "out_channels": 12, "kernel_size": 3, "stride": 2, "padding": 2},
    "layer_table": {**SIZE, "layers": NETWORK, "count_multiplications": True},
}
FORMULAS = [
    ("conv_params", "nn.networks", "CONV_PARAMETERS"),
    ("conv_output_shape", "problems.cnn.conv_output_shape", "REACH"),
    ("conv_output_shape", "problems.cnn.conv_output_shape", "LEFT_OVER"),
    ("layer_table", "nn.networks", "CONV_PARAMETERS"),
    ("layer_table", "nn.networks", "CONV_MULTIPLICATIONS"),
    ("layer_table", "nn.networks", "LINEAR_PARAMETERS"),
    ("layer_table", "nn.networks", "LINEAR_MULTIPLICATIONS"),
]


@pytest.fixture(autouse=True)
def forgetting():
    """See to it that what was worked out with other formulas is not used."""
    forget()
    yield
    forget()


def solved(problem):
    return sampling.given(catalog.get(f"cnn/{problem}"), PROBLEMS[problem])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_records_are_right_without_an_error(problem):
    assert solved(problem).solution.parts


@pytest.mark.parametrize(("problem", "module", "name"), FORMULAS)
def test_an_error_in_a_formula_is_caught(problem, module, name, monkeypatch):
    reader = importlib.import_module(f"problemgen.{module}")
    right = getattr(reader, name)
    monkeypatch.setattr(reader, name, Formula(right.result, right.expr + 1, right.letters))
    with pytest.raises(OracleDisagreement, match=f"cnn/{problem} .*solved .*oracle measured"):
        solved(problem)


@pytest.mark.parametrize("problem", ["conv_output_shape", "layer_table"])
def test_an_error_in_the_size_rule_is_caught(problem, monkeypatch):
    wrong = Formula("out_size", windows.OUT_SIZE.expr - 1)
    monkeypatch.setattr(windows, "OUT_SIZE", wrong)
    monkeypatch.setattr(windows, "AXES", {**windows.AXES, wrong: windows.along_axes(wrong)})
    with pytest.raises(OracleDisagreement, match=f"cnn/{problem} .*solved .*oracle measured"):
        solved(problem)
