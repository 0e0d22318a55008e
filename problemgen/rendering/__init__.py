"""From verified questions to LaTeX and PDF: the only storey that knows Jinja2, PyLaTeX and processes."""
