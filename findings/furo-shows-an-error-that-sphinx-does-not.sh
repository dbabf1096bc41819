#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Furo shows an error on each page with a table of contents of its own, and a Sphinx build that makes errors of warnings passes.
#
# antsibull-docs writes `.. contents::` into the pages of modules and roles.
# Expected: a page that the theme rejects makes `sphinx-build -W` fail, or the theme shows the contents.
# Happens: the build exits with 0. The style sheet of the theme prints the error into the page, so only a reader sees it.
# Why it matters: a docs site of an Ansible collection with this theme has a red box on every module page, and CI is green.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check furo==2025.12.19 sphinx==9.0.4 antsibull-docs==2.28.0

grep -rl 'contents::' "$folder"/venv/lib/python3*/site-packages/antsibull_docs/data/docsite --include='*.j2' | sed 's|.*/docsite/||'

mkdir "$folder/source"
printf 'Module\n======\n\n.. contents::\n   :local:\n   :depth: 1\n\nSynopsis\n--------\n\nText.\n' > "$folder/source/index.rst"
"$folder/venv/bin/sphinx-build" -q -W -D html_theme=furo -C "$folder/source" "$folder/html"
echo "sphinx-build -W ends with $?"

page=$(grep -c 'class="contents' "$folder/html/index.html")
sheet=$(grep -rl 'content:.*ERROR: Adding a table of contents' "$folder/html/_static" --include='*.css' | wc -l)
echo "tables of contents in the page: $page, style sheets with the error: $sheet"
test "$page" = 1 && test "$sheet" -ge 1 || { echo "the behavior has changed"; exit 1; }
