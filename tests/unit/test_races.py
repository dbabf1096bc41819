# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens between the plan and the write: lost replies, and others who write as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch, races
from ansible_collections.nasops.truenas.plugins.module_utils.errors import Problem
from ansible_collections.nasops.truenas.plugins.module_utils.nas import lasting_session
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from tests.unit import tasks
from tests.unit.fake_nas import FakeNas
from tests.unit.session import Reopening

SECRET = "hush-canary-0001"
B2 = {"account": "a", "key": SECRET}
QUERY = "cloudsync.credentials.query"
LIST = "cloudsync.list_buckets"
ITEM = {"state": "present", "clear_fields": [], "verify": "never"}
CREATE, UPDATE, DELETE = (f"cloudsync.credentials.{verb}" for verb in ("create", "update", "delete"))
TAKEN = errors.InvalidField("exists", [Problem("name", "Object with this name already exists")])


def entry(id_: int, **fields: Any) -> dict[str, Any]:
    """Return a stored credential."""
    return {"id": id_, "name": "offsite", "provider": {"type": "B2", **B2, **fields}}


class Disturbed(FakeNas, Reopening):
    """A NAS on which something happens, once, when a method is called: before it, or instead of its reply."""

    api_version = None

    def __init__(self, *entries: dict[str, Any]) -> None:
        super().__init__(*entries)
        self.before: dict[str, Callable[[], None]] = {}
        self.instead_of_reply: dict[str, errors.TrueNASError] = {}
        self.opened = 0
        self.back = True

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or fail as a connection does."""
        if self.broken:
            raise errors.ConnectionLost("broken.")
        self.before.pop(method, lambda: None)()
        result = super().call(method, *params, timeout=timeout)
        if error := self.instead_of_reply.pop(method, None):
            self.broken = isinstance(error, errors.ConnectionLost)
            raise error
        return result

    def open(self) -> FakeNas:
        """Log in again, if the NAS is back."""
        if not self.back:
            raise errors.Unreachable("down.")
        self.opened += 1
        self.broken = False
        return self


def run(nas: Disturbed, **options: Any) -> dict[str, Any]:
    """Run a task that can log in again."""
    return tasks.run(nas, opener=nas, **options)


@pytest.mark.parametrize("error", [errors.ConnectionLost("lost."), errors.TimedOut("late.")])
@pytest.mark.parametrize(
    ("method", "stored", "options", "action"),
    [
        (CREATE, [], {"b2": B2}, "created"),
        (UPDATE, [entry(1, account="z")], {"b2": B2}, "updated"),
        (UPDATE, [entry(1)], {"new_name": "abroad"}, "updated"),
        (DELETE, [entry(1)], {"state": "absent"}, "deleted"),
    ],
)
def test_a_write_whose_reply_is_lost_is_not_repeated(
    method: str, stored: list[dict[str, Any]], options: dict[str, Any], action: str, error: errors.TrueNASError
) -> None:
    nas = Disturbed(*stored)
    nas.instead_of_reply[method] = error
    result = run(nas, **options)
    assert (result["action"], result["changed"]) == (action, True)
    assert nas.writes == [method]
    assert nas.opened == isinstance(error, errors.ConnectionLost)
    if action == "created":
        assert result["credential"]["id"] == 1
    assert run(nas, **options)["changed"] is False


def test_a_write_that_was_lost_on_the_way_is_sent_again_over_a_new_connection() -> None:
    nas = Disturbed()

    def lose() -> None:
        nas.broken = True
        raise errors.ConnectionLost("lost.")

    nas.before[CREATE] = lose
    result = run(nas, b2=B2)
    assert (result["action"], "failed" in result) == ("created", False)
    assert (len(nas.entries), nas.opened) == (1, 1)


def test_a_write_that_the_nas_continues_after_its_connection_broke_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nas = Disturbed()
    waited: list[float] = []

    def lose() -> None:
        nas.broken = True
        raise errors.ConnectionLost("lost.")

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        nas.entries[1] = entry(1)

    nas.before[CREATE] = lose
    monkeypatch.setattr(lasting_session, "SETTLED_AFTER", 1.5)
    monkeypatch.setattr("time.sleep", sleep)
    result = run(nas, b2=B2)
    assert (result["action"], result["changed"], nas.writes, waited) == ("created", True, [], [1.5])


@pytest.mark.parametrize(
    ("options", "theirs", "is_sent_again"),
    [
        ({}, {"key": f"{SECRET}-theirs"}, True),
        ({"verify": "changed"}, {}, True),
        ({"verify": "changed"}, {"key": f"{SECRET}-theirs"}, False),
    ],
)
def test_a_write_is_sent_again_unless_its_values_are_others_than_those_that_were_verified(
    options: dict[str, Any], theirs: dict[str, str], is_sent_again: bool
) -> None:
    nas = Disturbed(entry(1))

    def lose() -> None:
        nas.entries[1] = entry(1, **theirs)
        nas.broken = True
        raise errors.ConnectionLost("lost.")

    nas.before[UPDATE] = lose
    if is_sent_again:
        assert run(nas, b2={"account": "b"}, **options)["action"] == "updated"
        assert nas.entries == {1: entry(1, account="b", **theirs)}
    else:
        with pytest.raises(errors.ConnectionLost, match="might have applied the change"):
            run(nas, b2={"account": "b"}, **options)
        assert nas.entries == {1: entry(1, **theirs)}


def test_a_write_that_may_still_be_under_way_is_not_sent_again() -> None:
    nas = Disturbed()

    def stall() -> None:
        raise errors.TimedOut("late.")

    nas.before[CREATE] = stall
    with pytest.raises(errors.TimedOut, match="might have applied the change"):
        run(nas, b2=B2)
    assert nas.entries == {}


def test_without_a_new_connection_the_loss_is_reported() -> None:
    nas = Disturbed()
    nas.instead_of_reply[CREATE] = errors.ConnectionLost("lost.")
    nas.back = False
    with pytest.raises(errors.ConnectionLost, match=r"lost\. The NAS might have applied the change"):
        run(nas, b2=B2)


@pytest.mark.parametrize(
    ("theirs", "action", "account"), [({}, "none", "a"), ({"account": "z"}, "updated", "a")], ids=["same", "other"]
)
def test_a_name_that_is_taken_meanwhile_is_planned_anew(theirs: dict[str, str], action: str, account: str) -> None:
    nas = Disturbed()

    def take() -> None:
        nas.entries[7] = entry(7, **theirs)
        raise errors.InvalidField("exists", [Problem("provider.B2.account", "is odd"), *TAKEN.problems])

    nas.before[CREATE] = take
    result = run(nas, b2=B2)
    assert (result["action"], result["credential"]["id"], "failed" in result) == (action, 7, False)
    assert [one["provider"]["account"] for one in nas.entries.values()] == [account]


@pytest.mark.parametrize(
    ("later", "error"),
    [
        (errors.ServerFault("api error SignatureDoesNotMatch"), errors.VerificationFailed),
        (errors.NotPermitted("not any more."), errors.NotPermitted),
    ],
)
def test_what_another_client_has_written_is_verified_and_not_rolled_back(
    later: errors.TrueNASError, error: type[errors.TrueNASError]
) -> None:
    nas = Disturbed()
    nas.answers[LIST] = later

    def take() -> None:
        nas.entries[7] = entry(7)
        raise TAKEN

    nas.before[CREATE] = take
    with pytest.raises(error, match="The NAS already stores these values"):
        run(nas, b2=B2, verify="changed")
    assert (nas.entries, nas.writes) == ({7: entry(7)}, [])
    assert nas.calls.count(QUERY) == 2, "there is nothing of ours to look for"


def test_a_connection_that_breaks_while_that_is_verified_is_reported_as_one() -> None:
    nas = Disturbed()
    each = nas.each

    def take() -> None:
        nas.entries[7] = entry(7)
        raise TAKEN

    def breaking(calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        if any(call.method == LIST for call in calls):
            raise errors.ConnectionLost("lost.")
        return each(calls)

    nas.before[CREATE] = take
    nas.each = breaking  # type: ignore[method-assign]  # a fault in one call
    with pytest.raises(errors.ConnectionLost, match="but they were not verified"):
        run(nas, b2=B2, verify="changed")


def test_a_conflict_after_which_the_state_cannot_be_read_tells_why_it_cannot() -> None:
    nas = Disturbed()

    def take() -> None:
        nas.answers[QUERY] = errors.ServerFault("busy.")
        raise TAKEN

    nas.before[CREATE] = take
    with pytest.raises(errors.ServerFault, match=r"^busy\.$"):
        run(nas, b2=B2)


def test_a_conflict_is_planned_anew_at_once_because_no_call_might_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    nas = Disturbed()

    def take() -> None:
        nas.entries[7] = entry(7, account="z")
        raise TAKEN

    nas.before[CREATE] = take
    monkeypatch.setattr("time.sleep", waited.append)
    result = run(nas, b2=B2)
    assert (result["action"], "failed" in result, waited) == ("updated", False, [])


def test_a_duplicate_that_gave_way_is_a_failure_if_the_other_object_needs_values_that_were_not_verified() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = lambda payload: (
        nas.entries.update({3: entry(3, account="z", new="x"), 6: entry(6)}) or entry(6)
    )
    with pytest.raises(errors.InvalidField) as caught:
        run(nas, b2=B2, verify="changed")
    assert str(caught.value) == "name: was used by another client at the same time. Run the task again."
    assert [problem.field for problem in caught.value.problems] == ["name"]
    assert nas.entries == {3: entry(3, account="z", new="x")}


def test_a_nas_that_has_gone_is_not_looked_for_again_after_the_check_for_duplicates() -> None:
    nas = Disturbed()
    attempts: list[str] = []

    class Gone(Reopening):
        api_version = None

        def open(self) -> FakeNas:
            attempts.append("open")
            raise errors.Unreachable("down.")

    def query(*filters: Any) -> Any:
        nas.broken = bool(filters)
        return errors.ConnectionLost("lost.") if filters else []

    nas.answers[QUERY] = query
    used = Nas(nas, Gone())
    wanted = tasks.task_of_set({**ITEM, "name": "offsite", "b2": B2})
    result = batch.ensure(tasks.fresh_kind(), wanted, used, False)
    assert "Could not check whether another client" in str(result["warnings"])
    nas.broken = False
    with pytest.raises(errors.ConnectionLost):
        used.call(QUERY)
    assert attempts == ["open"]


def test_it_is_planned_anew_once_only() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = TAKEN
    with pytest.raises(errors.InvalidField):
        run(nas, b2=B2)
    assert nas.calls.count(CREATE) == 2


def test_what_is_deleted_meanwhile_is_created() -> None:
    nas = Disturbed(entry(1, account="z"))

    def delete() -> None:
        nas.entries.clear()
        raise errors.NotFound("gone.")

    nas.before[UPDATE] = delete
    assert run(nas, b2=B2)["action"] == "created"


@pytest.mark.parametrize("theirs", [3, 9])
def test_of_two_that_are_created_at_the_same_moment_the_first_stays(theirs: int) -> None:
    nas = Disturbed(entry(5, account="x") | {"name": "unrelated"})
    nas.answers[CREATE] = lambda payload: (
        nas.entries.update({6: entry(6), theirs: entry(theirs, account="z")}) or entry(6)
    )
    result = run(nas, b2=B2)
    left = {number for number, one in nas.entries.items() if one["name"] == "offsite"}
    if theirs < 6:
        assert (left, result["action"], nas.entries[3]["provider"]["account"]) == ({3}, "updated", "a")
        assert result["warnings"] == []
    else:
        assert (left, result["action"]) == ({6, 9}, "created"), "the other writer removes its own"
        assert any("id 9" in warning for warning in result["warnings"])


def test_of_several_others_the_last_one_is_named() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = lambda payload: nas.entries.update({n: entry(n) for n in (6, 12, 9)}) or entry(6)
    [warning] = run(nas, b2=B2)["warnings"]
    assert warning.startswith("Another client created a credential named 'offsite' at the same time (id 12).")


def test_a_credential_that_another_client_deletes_at_once_is_no_duplicate() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = entry(6)
    assert run(nas, b2=B2)["warnings"] == []
    assert nas.calls == [QUERY, CREATE, QUERY]


def test_unchecked_duplicates_are_a_warning() -> None:
    nas = Disturbed()
    nas.answers[QUERY] = lambda *filters: errors.ServerFault("busy.") if filters else []
    [warning] = run(nas, b2=B2)["warnings"]
    assert (
        warning == "Could not check whether another client created a credential named 'offsite' at the same time: busy."
    )
    nas = Disturbed()
    nas.answers[QUERY] = lambda *filters: "busy" if filters else []
    [warning] = run(nas, b2=B2)["warnings"]
    assert warning.endswith("The NAS did not answer with a list of credentials.")


def test_an_update_looks_for_no_duplicates() -> None:
    nas = Disturbed(entry(1, account="z"))
    run(nas, b2=B2)
    assert nas.calls == [QUERY, UPDATE]


def test_a_duplicate_that_cannot_be_deleted_is_a_failure_and_not_verified() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = lambda payload: nas.entries.update({3: entry(3), 6: entry(6)}) or entry(6)
    nas.answers[DELETE] = errors.ServerFault("locked.")
    result = run(nas, b2=B2, verify="changed")
    assert (result["failed"], result["changed"], "locked." in result["msg"]) == (True, True, True)
    assert LIST not in nas.calls


def test_a_connection_lost_after_the_reply_takes_nothing_back() -> None:
    nas = Disturbed()
    real = nas.call

    def call(method: str, *params: Any, timeout: float | None = None) -> Any:
        if params and nas.opened == 0 and method.endswith("query"):
            nas.broken = True
            raise errors.ConnectionLost("lost.")
        return real(method, *params, timeout=timeout)

    nas.call = call  # type: ignore[method-assign]  # a fault in one call
    result = run(nas, b2=B2)
    assert (result["action"], result["warnings"], nas.opened) == ("created", [], 1)


def test_a_reply_to_a_write_that_cannot_be_read_has_the_nas_looked_at() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = lambda payload: nas.entries.update({6: entry(6)}) or {"id": "six"}
    result = run(nas, b2=B2)
    assert (result["action"], result["credential"]["id"], nas.writes) == ("created", 6, [CREATE])


def test_an_error_of_all_calls_keeps_its_kind() -> None:
    class Late(Disturbed):
        def each(self, calls: Any) -> Any:
            if any(call.method == CREATE for call in calls):
                raise errors.TimedOut("No answer.")
            return super().each(calls)

    with pytest.raises(errors.TimedOut, match=r"No answer\."):
        run(Late(), b2=B2)


def test_a_reply_that_cannot_be_read_is_described_if_the_state_stays_unknown() -> None:
    nas = Disturbed()
    nas.answers[CREATE] = {"id": "six"}
    nas.answers[QUERY] = lambda *_filters: [] if not nas.writes else errors.ServerFault("busy.")
    with pytest.raises(errors.ConnectionLost, match=r"^The NAS did not answer with a credential: id is missing"):
        run(nas, b2=B2)


def test_a_delete_of_what_the_nas_does_not_find_is_not_repeated() -> None:
    nas = Disturbed(entry(1))
    nas.answers[DELETE] = errors.NotFound("gone.")
    with pytest.raises(errors.NotFound):
        run(nas, state="absent")
    assert nas.writes == [DELETE]


@pytest.mark.parametrize(
    ("failure", "told"),
    [(errors.ConnectionLost("lost."), "might have applied the change"), (TAKEN, "has 2 credentials named 'offsite'")],
)
def test_a_state_that_has_no_plan_any_more_hides_no_lost_reply(failure: errors.TrueNASError, told: str) -> None:
    nas = Disturbed()

    def fail() -> None:
        nas.entries.update({7: entry(7), 8: entry(8)})
        nas.broken = isinstance(failure, errors.ConnectionLost)
        raise failure

    nas.before[CREATE] = fail
    with pytest.raises(errors.TrueNASError, match=told):
        run(nas, b2=B2)


@pytest.mark.parametrize("problem", [Problem("name", "must be shorter"), Problem("provider", "already exists")])
def test_what_is_refused_for_another_reason_is_not_planned_again(problem: Problem) -> None:
    nas = Disturbed()
    nas.answers[CREATE] = errors.InvalidField(str(problem), [problem])
    with pytest.raises(errors.InvalidField):
        run(nas, b2=B2)
    assert nas.calls == [QUERY, CREATE]


def test_a_nas_that_has_gone_is_looked_at_once_for_all_items_and_steps() -> None:
    nas = Disturbed()
    nas.instead_of_reply[CREATE] = errors.TimedOut("late.")
    nas.late = True
    attempts: list[str] = []

    class Gone(Reopening):
        api_version = None

        def open(self) -> FakeNas:
            attempts.append("open")
            raise errors.TLSError("The certificate is not trusted.")

    used = Nas(nas, Gone())
    wanted = tasks.task_of_set(*({**ITEM, "name": f"n{number}", "b2": B2} for number in range(3)))
    result = batch.ensure(tasks.fresh_kind(), wanted, used, False)
    failed = [item for item in result["credentials"] if item.get("failed")]
    assert len(failed) == 1
    assert failed[0]["msg"].endswith("The check of the stored state failed: The certificate is not trusted.")
    assert (attempts, nas.calls.count(QUERY)) == (["open"], 1)
    assert used.broken
    with pytest.raises(errors.ConnectionLost):
        used.call(QUERY)


class Yielding(FakeNas):
    """A NAS on which several clients have created an object of one name; one duplicate goes after each query."""

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        answer = super().call(method, *params, timeout=timeout)
        if method == QUERY and len(self.entries) > 1:
            self.entries.pop(max(self.entries))
        return answer


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("others", "queries"), [(1, 2), (2, 3)])
def test_duplicates_that_other_clients_are_deleting_are_waited_for(check_mode: bool, others: int, queries: int) -> None:
    nas = Yielding(*(entry(number) for number in range(1, 2 + others)))
    wanted = tasks.task_of_set({**ITEM, "name": "offsite", "b2": B2})
    result = batch.ensure(tasks.fresh_kind(), wanted, Nas(nas), check_mode)
    assert [item["action"] for item in result["credentials"]] == ["none"]
    assert nas.calls.count(QUERY) == queries


def test_duplicates_that_stay_are_an_error() -> None:
    nas = Disturbed(entry(1), entry(2))
    with pytest.raises(errors.InvalidInput, match="the NAS has 2 credentials named"):
        run(nas, b2=B2)
    assert (nas.calls.count(QUERY), nas.writes) == (races.LOOKS, [])


def test_a_session_that_might_be_dead_is_replaced_and_closed() -> None:
    stuck, fresh = Disturbed(), Disturbed()

    class Elsewhere(Reopening):
        api_version = None

        def open(self) -> FakeNas:
            return fresh

    used = Nas(stuck, Elsewhere())
    used.refresh()
    assert (used.session, stuck.closed) == (stuck, 0)
    stuck.late = True
    used.refresh()
    assert (used.session, stuck.closed) == (fresh, 1)
