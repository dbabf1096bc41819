#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `ansible-galaxy collection build` makes another tarball each time, and ignores SOURCE_DATE_EPOCH.
#
# Expected: with SOURCE_DATE_EPOCH, two builds of the same files have the same bytes, as the specification of reproducible builds
# asks for.
# Happens: MANIFEST.json and FILES.json get the time of the build, and the other entries the times of the files.
# Why it matters: nobody can compare a collection on Galaxy with its source by one hash.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
"$folder/venv/bin/ansible" --version | head -1

mkdir "$folder/source"
cat > "$folder/source/galaxy.yml" <<'YAML'
namespace: example
name: empty
version: 1.0.0
readme: README.md
authors: [Nobody]
YAML
echo "An example" > "$folder/source/README.md"

export SOURCE_DATE_EPOCH=1700000000 TZ=UTC
for number in 1 2; do
  "$folder/venv/bin/ansible-galaxy" collection build --output-path "$folder/$number" "$folder/source" >/dev/null
  sha256sum "$folder/$number/example-empty-1.0.0.tar.gz" | cut -d ' ' -f 1
  tar --list --verbose --full-time --file "$folder/$number/example-empty-1.0.0.tar.gz"
  sleep 2
done

if cmp --silent "$folder"/{1,2}/example-empty-1.0.0.tar.gz; then
  echo "The behavior has changed: both tarballs are equal."
  exit 1
fi
if tar --list --verbose --full-time --file "$folder/1/example-empty-1.0.0.tar.gz" | grep --quiet "2023-11-14 22:13:20"; then
  echo "The behavior has changed: an entry has the time of SOURCE_DATE_EPOCH."
  exit 1
fi
echo "As described: the tarballs differ, and no entry has the time of SOURCE_DATE_EPOCH."
