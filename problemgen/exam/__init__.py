"""From an exam spec to papers: reading, composing, folders and the manifest.  Knows no LaTeX."""
