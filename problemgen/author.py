"""All that the author of a problem imports: the record, the answers, formulas, exactness and chance."""

from sympy import Indexed, IndexedBase, Max, Min, Sum, Symbol, ceiling, evaluate, floor, symbols

from problemgen.answers import Choice, Expression, MatrixAnswer, Number, NumberSet, Row, Shape, Table, Text
from problemgen.compilation import u
from problemgen.draw import Draw, Level
from problemgen.errors import NotCarriable, carry, require
from problemgen.exact import Exact, Matrix, Rational, decimal, exact, exact_sum, matrix, rational, rounded, truncated
from problemgen.formula import Formula, Substitution
from problemgen.operations import Operation
from problemgen.problem import (
    NOTHING,
    Carried,
    Figure,
    Hidden,
    Measured,
    Mistake,
    Part,
    Solution,
    Steps,
    matrix_item,
    problem,
)
from problemgen.symbolic import formula_part, formula_table
from problemgen.worked import Application, Equation, Evaluation, Remark, SumOfProducts, Worked

__all__ = [
    "NOTHING",
    "Application",
    "Carried",
    "Choice",
    "Draw",
    "Equation",
    "Evaluation",
    "Exact",
    "Expression",
    "Figure",
    "Formula",
    "Hidden",
    "Indexed",
    "IndexedBase",
    "Level",
    "Matrix",
    "MatrixAnswer",
    "Max",
    "Measured",
    "Min",
    "Mistake",
    "NotCarriable",
    "Number",
    "NumberSet",
    "Operation",
    "Part",
    "Rational",
    "Remark",
    "Row",
    "Shape",
    "Solution",
    "Steps",
    "Substitution",
    "Sum",
    "SumOfProducts",
    "Symbol",
    "Table",
    "Text",
    "Worked",
    "carry",
    "ceiling",
    "decimal",
    "evaluate",
    "exact",
    "exact_sum",
    "floor",
    "formula_part",
    "formula_table",
    "matrix",
    "matrix_item",
    "problem",
    "rational",
    "require",
    "rounded",
    "symbols",
    "truncated",
    "u",
]
