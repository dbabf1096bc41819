# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of a long task, and how often."""

from __future__ import annotations

from ansible_collections.nasops.truenas.plugins.plugin_utils.progress import PAUSE, Progress


class Screen:
    """A clock that is set, and the lines that were shown with the time of each."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.lines: list[tuple[float, str]] = []

    def progress(self) -> Progress:
        """Return what shows its lines here."""
        return Progress("nas1", lambda line: self.lines.append((self.now - 1000, line)), lambda: self.now)


def test_a_line_comes_after_a_pause_and_then_at_most_one_in_each() -> None:
    screen = Screen()
    progress = screen.progress()
    for done in range(1, 121):
        screen.now += PAUSE / 10
        progress.verified(done, 200)
    assert [when for when, line in screen.lines] == [PAUSE * turn for turn in range(1, 13)]
    assert screen.lines[0] == (PAUSE, "nas1: 10 of 200 verifications of cloud credentials are done")


def test_a_line_controls_neither_a_terminal_nor_a_runner() -> None:
    screen = Screen()
    screen.now += PAUSE
    progress = screen.progress()
    screen.now += PAUSE
    progress.running("cloud sync task 'a ##[group]b\x1b[31m\n::error::c' runs")
    assert screen.lines == [(2 * PAUSE, "nas1: cloud sync task 'a # #[group]b\ufffd[31m : :error::c' runs")]


def test_a_quick_task_tells_nothing() -> None:
    screen = Screen()
    progress = screen.progress()
    progress.waiting("login failed")
    screen.now += PAUSE - 0.1
    progress.verified(19, 20)
    assert screen.lines == []


def test_the_last_one_is_left_to_the_result() -> None:
    screen = Screen()
    progress = screen.progress()
    screen.now += PAUSE
    progress.verified(20, 20)
    assert screen.lines == []


def test_a_wait_for_a_login_is_reported_as_often() -> None:
    screen = Screen()
    progress = screen.progress()
    screen.now += PAUSE
    progress.waiting("the NAS limits logins; retrying for up to 75 seconds")
    screen.now += 1
    progress.verified(1, 20)
    assert [line for when, line in screen.lines] == [
        "nas1: the NAS limits logins; retrying for up to 75 seconds",
    ]


def test_a_run_is_reported_as_often() -> None:
    screen = Screen()
    progress = screen.progress()
    for percent in range(100):
        screen.now += PAUSE / 10
        progress.running(f"cloud sync task 'nightly' runs, {percent} % done")
    assert len(screen.lines) == 10
    assert screen.lines[0][1] == "nas1: cloud sync task 'nightly' runs, 9 % done"
