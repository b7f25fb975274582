"""How Sphinx builds these pages: `make docs`."""

from __future__ import annotations

project = "Regulars"
author = "The Regulars developers"
copyright = author
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "Regulars"
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1b5a3a", "color-brand-content": "#1b5a3a"},
    "dark_css_variables": {"color-brand-primary": "#8fcea8", "color-brand-content": "#8fcea8"},
}
