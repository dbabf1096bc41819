# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the generated views.

Run as `python -m tools.generate` from the root of the repository; `--check` writes nothing and fails if a view is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial

from . import (
    api_connection,
    arguments,
    badges,
    flat_fields,
    provider_arguments,
    provider_docs,
    provider_index,
    provider_pages,
    registry,
    role_pages,
    role_variables,
    roles,
    sets,
    troubleshooting,
)
from .text import ROOT, formatted

VIEWS: dict[str, Callable[[], str]] = {
    "plugins/module_utils/arguments.py": arguments.arguments,
    "plugins/module_utils/providers/__init__.py": registry.registry,
    "plugins/module_utils/nas/flat_fields.py": flat_fields.table,
    "plugins/module_utils/providers/arguments.py": provider_arguments.argument_spec,
    "plugins/doc_fragments/providers.py": provider_docs.fragment,
    "plugins/doc_fragments/keypairs.py": sets.keypairs_fragment,
    "plugins/doc_fragments/api_connection.py": api_connection.fragment,
    "plugins/doc_fragments/sync_tasks.py": partial(sets.tasks_fragment, "sync"),
    "plugins/doc_fragments/backup_tasks.py": partial(sets.tasks_fragment, "backup"),
    "docs/providers.md": provider_index.index,
    **{f"docs/providers/{key}.md": partial(provider_pages.page, key) for key in registry.names()},
    "docs/troubleshooting.md": troubleshooting.page,
    **{path: partial(roles.rewritten, path) for path in roles.FILES},
    **{f"docs/images/badges/{name}.svg": partial(badges.badge, name) for name in badges.NAMES},
    **{f"roles/{role}/README.md": partial(role_pages.page, role) for role in roles.ROLES},
    "plugins/plugin_utils/role_variables.py": role_variables.names,
}


def main() -> int:
    """Write or check the views; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if a view is stale")
    check = parser.parse_args().check
    stale = []
    # The order matters: views read those above them.
    for path, write in VIEWS.items():
        target = ROOT / path
        text = write()
        if target.suffix == ".py":
            text = formatted(text, path)
        if target.exists() and target.read_text() == text:
            continue
        stale.append(path)
        if check and target.suffix == ".py":
            # The views below would be read from it.
            break
        if not check:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)
            print(f"wrote {path}")
    if stale and check:
        print("stale, run `make generate`:", *stale, sep="\n  ")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
