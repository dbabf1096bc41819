#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The Sphinx extension of antsibull-docs gives links of a collection an attribute that does not exist, `aria-role`.
#
# HTML's attribute is `role`, and no attribute of ARIA has this name (WAI-ARIA 1.2), so a browser ignores it.
# Expected: a link that is meant as a button has role="button", or none.
# Happens: aria-role="button". A screen reader announces a link, and a check for accessibility reports each page.
# Why it matters: a docs site of a collection fails axe (rule aria-valid-attr) on the page of each module and role.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sphinx==9.0.4 antsibull-docs==2.28.0

mkdir "$folder/source"
printf 'Module\n======\n\n.. ansible-links::\n\n  - title: "Issue Tracker"\n    url: "https://example.com/issues"\n    external: true\n' \
    > "$folder/source/index.rst"
"$folder/venv/bin/sphinx-build" -q -W -D extensions=sphinx_antsibull_ext -D html_theme=basic -C "$folder/source" "$folder/html"

grep -o '<a [^>]*>Issue Tracker' "$folder/html/index.html"
found=$(grep -c 'aria-role="button"' "$folder/html/index.html")
right=$(grep -c ' role="button"' "$folder/html/index.html" || true)
echo "links with aria-role: $found, with role: $right"
test "$found" = 1 && test "$right" = 0 || { echo "the behavior has changed"; exit 1; }
