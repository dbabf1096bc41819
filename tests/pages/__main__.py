# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the audit's page in Chromium, light and dark, wide and narrow, and looks for what people cannot use, with axe.

The pages and the print are left in .cache/pages, and the pictures in docs/images, where docs/audit.md shows them. The exit
code says whether axe found nothing, and whether each page fits into its window. Chromium is Debian's; axe comes from npm, as
axe/package-lock.json pins it.
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
from tests.pages.png import cropped
from tests.pages.sample import many, sample

CACHE = Path(__file__).parents[2] / ".cache"
PINS = Path(__file__).with_name("axe")
IMAGES = Path(__file__).parents[2] / "docs/images"
SIZES = {"desktop": (1000, 1120), "phone": (390, 1240)}
"""Of the pictures, in pixels."""
FRAME = 120
"""Pixels at the foot of a picture that Chromium leaves to its own window."""
PATIENCE = 900
"""Seconds for one page, on a machine with other work."""
AUDITED = 40
"""NAS of the fleet that axe looks at. They have everything that 200 have, in a fifth of the cells."""
SCHEMES = {"dark": 0, "light": 1}
"""Chromium's numbers for prefers-color-scheme."""
ASK = """
<script>{axe}</script>
<script>
axe.run(document).then(function (found) {{
  const answer = document.createElement("pre");
  answer.id = "axe-answer";
  const wide = document.documentElement.scrollWidth > window.innerWidth;
  const overflow = wide ? [{{id: "overflow", help: "The page scrolls sideways", nodes: []}}] : [];
  answer.textContent = JSON.stringify(overflow.concat(found.violations).map(function (one) {{
    return {{id: one.id, help: one.help, places: one.nodes.map(function (node) {{ return node.html; }})}};
  }}));
  document.body.append(answer);
}});
</script>
</body>
"""
SUMMARY = re.compile(r'<section aria-labelledby="summary">.*?</section>', re.DOTALL)
SCROLL = """
<script>document.querySelector(".matrix").parentElement.scrollTo(290, 333);</script>
</body>
"""


def main() -> int:
    """Make the pictures and ask axe; return the exit code."""
    if shutil.which("chromium") is None:
        print("chromium is missing: apt-get install --no-install-recommends chromium", file=sys.stderr)
        return 1
    folder = CACHE / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    IMAGES.mkdir(exist_ok=True)
    text, fleet = to_html(sample()), to_html(many())
    page = _write(folder / "report.html", text)
    # The pictures end before the page does: the dark ones begin where the light ones end.
    shown = {"light": page, "dark": _write(folder / "report-below.html", SUMMARY.sub("", text))}
    # Scrolled, so that the picture shows whether the names stay in sight.
    scrolled = _write(folder / "fleet.html", SUMMARY.sub("", fleet).replace("</body>", SCROLL))
    tested = _write(folder / "report-with-axe.html", text.replace("</body>", ASK.format(axe=_axe())))
    some = to_html(many(AUDITED))
    tested_fleet = _write(folder / "fleet-with-axe.html", some.replace("</body>", ASK.format(axe=_axe())))
    violations = 0
    for scheme, number in SCHEMES.items():
        for size, (width, height) in SIZES.items():
            how = (f"--window-size={width},{height + FRAME}", f"--blink-settings=preferredColorScheme={number}")
            _picture(shown[scheme], f"audit-{scheme}-{size}", height, *how)
            answer = _chromium(tested, *how, "--virtual-time-budget=20000", "--dump-dom")
            violations += _tell(f"{scheme}, {size}", answer)
    for scheme, number in SCHEMES.items():
        how = (f"--window-size=1000,{700 + FRAME}", f"--blink-settings=preferredColorScheme={number}")
        if scheme == "light":
            _picture(scrolled, "audit-fleet", 700, *how)
        answer = _chromium(tested_fleet, *how, "--virtual-time-budget=120000", "--dump-dom")
        violations += _tell(f"a fleet, {scheme}", answer)
    _chromium(page, "--no-pdf-header-footer", f"--print-to-pdf={folder / 'print.pdf'}")
    print(f"The pages are in {folder}, the pictures in {IMAGES}.")
    return 1 if violations else 0


def _write(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def _picture(page: Path, name: str, height: int, *how: str) -> None:
    """Leave a picture of the upper part of a page."""
    file = IMAGES / f"{name}.png"
    _chromium(page, *how, f"--screenshot={file}")
    file.write_bytes(cropped(file.read_bytes(), height))


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
            timeout=PATIENCE,
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
