"""What a terminal shows of the portable prose."""

from problemgen.rendering.plain import text_of


def test_a_table_keeps_its_rows_and_cells():
    table = r"""Look:

\begin{center}
\begin{tabular}{|l|r|}
\hline
Layer & Output \\ \hline
conv1 & $3 \times 3$ \\ \hline
\end{tabular}
\end{center}

Where?"""
    assert text_of(table) == "Look:\n\nLayer | Output\nconv1 | 3 x 3\n\nWhere?"


def test_the_lines_of_a_display_and_the_items_of_a_list_stay_apart():
    assert text_of(r"\[ \begin{aligned} a &= 1 \\ b &= 2 \end{aligned} \]") == "a = 1\nb = 2"
    rows = r"\begin{align*} a &= 1 \\* b &= 2 \\[4pt] c &= 3 \end{align*}"
    assert text_of(rows) == "a = 1\nb = 2\nc = 3"
    assert text_of("\\begin{itemize}\n\\item one\n\\item two\n\\end{itemize}") == "- one\n- two"
