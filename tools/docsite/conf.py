# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx. Nothing is loaded from the network, neither while the site is built nor by a reader."""

from __future__ import annotations

from pathlib import Path

project = "nasops.truenas"
copyright = "the nasops.truenas maintainers"
root_doc = "index"
extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

# The inventory is a file next to the sources, see ansible.py.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", "ansible.inv")}
# The facts quote messages in JSON with parts left out.
suppress_warnings = ["misc.highlighting_failure"]

myst_heading_anchors = 4
myst_links_external_new_tab = False

# The colors are in site.css, so that they follow the theme's switch between light and dark.
antsibull_ext_color_scheme = "none"

html_theme = "furo"
html_title = "nasops.truenas"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
