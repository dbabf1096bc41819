# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the audit's page in Chromium, light and dark, wide and narrow, and looks for what people cannot use, with axe.

Pictures, the print and the page itself are left in .cache/pages; the exit code says whether axe found nothing. Chromium is
Debian's; axe comes from npm, as axe/package-lock.json pins it.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.nasops.truenas.plugins.plugin_utils.audit_page import to_html
from tests.pages.sample import sample

CACHE = Path(__file__).parents[2] / ".cache"
PINS = Path(__file__).with_name("axe")
SIZES = {"desktop": (1280, 1600), "phone": (390, 1600)}
SCHEMES = {"dark": 0, "light": 1}
"""Chromium's numbers for prefers-color-scheme."""
ASK = """
<script>{axe}</script>
<script>
axe.run(document).then(function (found) {{
  const answer = document.createElement("pre");
  answer.id = "axe-answer";
  answer.textContent = JSON.stringify(found.violations.map(function (one) {{
    return {{id: one.id, help: one.help, places: one.nodes.map(function (node) {{ return node.html; }})}};
  }}));
  document.body.append(answer);
}});
</script>
</body>
"""


def main() -> int:
    """Make the pictures and ask axe; return the exit code."""
    if shutil.which("chromium") is None:
        print("chromium is missing: apt-get install --no-install-recommends chromium", file=sys.stderr)
        return 1
    folder = CACHE / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    page.write_text(to_html(sample()), encoding="utf-8")
    tested = folder / "report-with-axe.html"
    tested.write_text(page.read_text(encoding="utf-8").replace("</body>", ASK.format(axe=_axe())), encoding="utf-8")
    violations = 0
    for scheme, number in SCHEMES.items():
        for size, (width, height) in SIZES.items():
            how = (f"--window-size={width},{height}", f"--blink-settings=preferredColorScheme={number}")
            _chromium(page, *how, f"--screenshot={folder / f'{scheme}-{size}.png'}")
            answer = _chromium(tested, *how, "--virtual-time-budget=20000", "--dump-dom")
            violations += _tell(f"{scheme}, {size}", answer)
    _chromium(page, "--no-pdf-header-footer", f"--print-to-pdf={folder / 'print.pdf'}")
    print(f"The pictures are in {folder}.")
    return 1 if violations else 0


def _axe() -> str:
    """Return axe's script, installed if need be; none of its text ends the element that it is put into."""
    folder = CACHE / "axe"
    script = folder / "node_modules/axe-core/axe.min.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, folder)
        programs = Path(sys.executable).parent
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        command = [str(programs / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, env=environment, check=True)
    return script.read_text(encoding="utf-8").replace("</script", "<\\/script")


def _chromium(page: Path, *options: str) -> str:
    with TemporaryDirectory(prefix="chromium-") as profile:
        command = [
            "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
        ]
        # Nothing is to be fetched from anywhere.
        offline = ["--disable-background-networking", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND"]
        done = subprocess.run(
            [*command, *offline, f"--user-data-dir={profile}", *options, page.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    return done.stdout


def _tell(where: str, dom: str) -> int:
    """Print what axe found, and return how much."""
    answer = re.search(r'<pre id="axe-answer">(.*?)</pre>', dom, re.DOTALL)
    if answer is None:
        print(f"{where}: axe gave no answer")
        return 1
    found = json.loads(html.unescape(answer[1]))
    print(f"{where}: axe found {len(found)}")
    for one in found:
        print(f"  {one['id']}: {one['help']}")
        for place in one["places"]:
            print(f"    {place}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
