"""Settings of the documentation. Nothing is fetched.

This folder and the package are all it needs, but for notebooks on files of publishers: these are not run where the
files are absent.
"""

import os
from importlib.metadata import version as installed
from pathlib import Path

project = "migstat"
author = "The migstat developers"
copyright = "2026, the migstat developers"
version = release = installed("migstat")
language = "en"

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build", "jupyter_execute"]
nitpicky = True

# Notebooks run each time, and one that fails stops the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 120
shared = Path(os.environ.get("MIGSTAT_SHARED", Path(__file__).parents[1].parent / "shared")).resolve()
os.environ["MIGSTAT_SHARED"] = str(shared)
if not (shared / "data").is_dir():
    nb_execution_excludepatterns = [
        "geography_over_time*",
        "tutorials/near_mirrors*",
        "tutorials/three_offices*",
        "tutorials/world_equals_its_parts*",
    ]
    # Only a notebook that has run knows its language.
    suppress_warnings = ["myst-nb.lexer"]
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# The docstrings say the types in words; signatures stay short.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "migstat"
html_static_path = ["_static"]
html_css_files = ["migstat.css"]
html_favicon = "_static/logo.svg"
html_show_sourcelink = False
# no sections, no sidebar
html_sidebars = {
    page: []
    for page in (
        "quickstart",
        "how_names_are_read",
        "duration_of_stay",
        "aggregation",
        "mirror_statistics",
        "architecture",
        "licences",
    )
}
html_theme_options = {
    "logo": {"image_light": "_static/logo.svg", "image_dark": "_static/logo.svg", "text": "migstat"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
