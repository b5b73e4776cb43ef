"""Each tick asks about what is late, unknown or half finished. It changes nothing, and no failure stops the rest."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebb.ledger.endpoint_row import Control, EndpointRow, Reason, State, Wanted
from ebb.messaging.queue import MessagesLostError, Queue
from ebb.tear_down_idle.failures import TickIncompleteError
from ebb.times import iso
from tests.emulated.fake_sagemaker import client_error
from tests.emulated.stack import ENDPOINT, NEWER, NOW, OLDER, Stack
from tests.emulated.tear_down_idle.reconciliation import Reconciliation

CONTROL = Control(NOW, NOW, 2)
LATE = Wanted(NEWER, Reason.FIRST, NOW)
BUSY = EndpointRow("abalone", state=State.DEPLOYING, wanted=LATE, due=NOW)
SETTLED = EndpointRow(
    "abalone", state=State.LIVE, since=NOW, live_run=NEWER, live_config=NEWER, due=NOW, control=CONTROL
)
Behind = Callable[..., None]


@pytest.fixture
def swept(stack: Stack, reconciliation: Reconciliation) -> Reconciliation:
    """The full sweep has just been."""
    stack.ledger.write_note("sweep", first_at=iso(NOW), last_at=iso(reconciliation.now))
    return reconciliation


def test_a_change_that_was_never_begun_is_asked_for_again(stack: Stack, swept: Reconciliation) -> None:
    """deploy_endpoint died right after it wrote what it wanted: only the run folder tells of the model."""
    stack.ledger.write_endpoint(BUSY)
    stack.upload(f"runs/abalone/{NEWER}/dataset.json", b"{}")
    assert swept.run() == {"deploy": 1}
    (event,) = stack.messages(stack.deploy_queue)
    assert event == {
        "source": "ebb.change",
        "detail-type": "Apply Change",
        "detail": {"stack": "ebb", "model": "abalone"},
    }


def test_a_change_that_lasts_is_looked_at(stack: Stack, swept: Reconciliation, behind: Behind) -> None:
    stack.ledger.write_endpoint(BUSY)
    behind(NEWER, "Creating")
    assert swept.run() == {"confirm": 1}
    (event,) = stack.messages(stack.confirm_queue)
    assert event == {
        "source": "ebb.check",
        "detail-type": "Check Endpoint",
        "detail": {"stack": "ebb", "endpoint": ENDPOINT},
    }


def test_endpoints_on_every_page_are_known(stack: Stack, swept: Reconciliation, behind: Behind) -> None:
    names = [f"ebb-model-{number}" for number in range(5)]
    for name in names:
        behind(NEWER, name=name)
    swept.run()
    assert swept.take() == {"check": names}


@pytest.mark.parametrize(
    ("name", "tags"), [(ENDPOINT, {"stack": "other"}), ("ebbtide-abalone", {}), ("my-ebb-abalone", {})]
)
def test_what_is_not_ours_by_tag_and_name_is_not_asked_about(
    stack: Stack, swept: Reconciliation, behind: Behind, name: str, tags: dict[str, str]
) -> None:
    behind(NEWER, name=name, **tags)
    assert swept.run() == {}


def test_a_candidate_left_over_is_looked_at(stack: Stack, swept: Reconciliation, behind: Behind) -> None:
    stack.ledger.write_endpoint(replace(SETTLED, live_config=OLDER))
    behind(OLDER)
    behind(NEWER, name=NEWER, role="candidate")
    swept.run()
    assert swept.take() == {"check": [NEWER]}


def test_nothing_is_asked_twice_in_one_tick(stack: Stack, reconciliation: Reconciliation) -> None:
    """It is still to be cleaned up, and its endpoint is missing."""
    stack.ledger.write_endpoint(replace(SETTLED, needs_cleanup=True))
    stack.upload(f"runs/abalone/{NEWER}/dataset.json", b"{}")
    assert reconciliation.run() == {"confirm": 1}
    assert reconciliation.take() == {"check": [ENDPOINT]}


def test_nothing_is_changed(stack: Stack, reconciliation: Reconciliation, behind: Behind) -> None:
    stack.ledger.write_endpoint(BUSY)
    behind(OLDER, "Creating")
    reconciliation.run()
    assert {operation.partition("_")[0] for operation, _ in stack.sagemaker.calls} == {"list", "search"}
    assert stack.ledger.endpoint("abalone") == replace(BUSY, version=1)
    assert stack.announcements() == []


def test_what_is_too_much_for_one_tick_is_left_for_the_next(
    stack: Stack, reconciliation: Reconciliation, behind: Behind
) -> None:
    reconciliation.most = 23
    for number in range(20):
        behind(NEWER, name=f"ebb-model-{number}")
        stack.upload(f"datasets/model-{number}/a.csv", b"1,2\n")
    assert reconciliation.run() == {"confirm": 20, "intake": 3}
    assert len(reconciliation.take()["intake"]) == 3
    assert stack.ledger.note("sweep") == {}
    reconciliation.most = 40
    assert reconciliation.run() == {"confirm": 20, "intake": 20}
    assert stack.ledger.note("sweep")["last_at"] == iso(reconciliation.now)


def test_endpoints_that_cannot_be_searched_do_not_stop_the_rest(
    stack: Stack, reconciliation: Reconciliation, behind: Behind
) -> None:
    behind(NEWER)
    stack.ledger.write_endpoint(replace(SETTLED, needs_cleanup=True))
    stack.upload("datasets/abalone/a.csv", b"1,2\n")
    stack.sagemaker.refuse("search", client_error("InternalFailure", "no search"))
    with pytest.raises(TickIncompleteError, match=r"^the search for endpoints: .*no search$"):
        reconciliation.run()
    assert reconciliation.take() == {"check": [ENDPOINT], "intake": ["datasets/abalone/a.csv"]}


@pytest.mark.parametrize("row", [replace(SETTLED, live_config=OLDER), replace(SETTLED, control=None)])
def test_a_live_endpoint_that_is_not_what_the_ledger_knows_is_looked_at(
    stack: Stack, swept: Reconciliation, behind: Behind, row: EndpointRow
) -> None:
    """It serves another config, or no calls of ours are known by which it could be told to be idle."""
    stack.ledger.write_endpoint(row)
    behind(NEWER)
    assert swept.run() == {"confirm": 1}
    stack.ledger.write_endpoint(replace(SETTLED, version=1))
    assert swept.run() == {}


def test_adopted_endpoints_are_nothing_to_reconcile(stack: Stack, reconciliation: Reconciliation) -> None:
    stack.ledger.write_endpoint(replace(SETTLED, model="adopted/notebook", needs_cleanup=True, live_run=""))
    assert reconciliation.run() == {}


@pytest.mark.parametrize("state", [State.LIVE, State.ASLEEP, State.NONE])
def test_a_row_that_the_index_does_not_know_is_known_again(
    stack: Stack, reconciliation: Reconciliation, state: State
) -> None:
    stack.ledger.write_endpoint(replace(SETTLED, state=state, due=None))
    stack.upload(f"runs/abalone/{NEWER}/dataset.json", b"{}")
    reconciliation.run()
    assert [row.model for row in stack.ledger.endpoints()] == (["abalone"] if state is not State.NONE else [])


def test_endpoints_that_cannot_be_listed_are_not_taken_for_missing(
    stack: Stack, reconciliation: Reconciliation
) -> None:
    stack.ledger.write_endpoint(SETTLED)
    stack.upload("datasets/abalone/a.csv", b"1,2\n")
    stack.upload(f"runs/abalone/{NEWER}/dataset.json", b"{}")
    stack.sagemaker.refuse("list_endpoints", client_error("ThrottlingException", "Rate exceeded"))
    with pytest.raises(TickIncompleteError, match="the list of endpoints"):
        reconciliation.run()
    assert reconciliation.take() == {"intake": ["datasets/abalone/a.csv"]}
    reconciliation.run()
    assert reconciliation.take() == {"check": [ENDPOINT], "intake": ["datasets/abalone/a.csv"]}


def test_every_part_that_fails_is_named_and_the_others_are_done(
    stack: Stack, reconciliation: Reconciliation, behind: Behind
) -> None:
    behind(NEWER)
    stack.upload("datasets/abalone/a.csv", b"1,2\n")
    for operation in ("list_training_jobs", "list_models"):
        stack.sagemaker.refuse(operation, client_error("InternalFailure", operation))
    with pytest.raises(TickIncompleteError) as incomplete:
        reconciliation.run()
    told = str(incomplete.value)
    assert "jobs without a deployment: " in told
    assert "configs and models left over: " in told
    assert reconciliation.take() == {"check": [ENDPOINT], "intake": ["datasets/abalone/a.csv"]}
    assert stack.ledger.note("sweep") == {}
    assert reconciliation.run() == {"confirm": 1, "intake": 1}


def test_a_ledger_that_does_not_answer_is_an_error_and_no_reason_to_ask(
    stack: Stack, reconciliation: Reconciliation, behind: Behind
) -> None:
    behind(NEWER)
    with stack.broken("dynamodb", "GetItem"), pytest.raises(TickIncompleteError, match="the endpoint row of abalone"):
        reconciliation.run()
    assert reconciliation.take() == {}


class HalfDeafQueue:
    """SendMessageBatch answers 200 also for what it does not take."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.sizes.append(len(Entries))
        failed = [{"Id": entry["Id"], "Code": "InternalError"} for entry in Entries if "odd" in entry["MessageBody"]]
        return {"Failed": failed} if failed else {}


def test_messages_go_in_tens_and_one_that_is_refused_is_an_error_after_all_were_sent() -> None:
    sqs: Any = HalfDeafQueue()
    queue = Queue(sqs, "https://queue")
    queue.send_batch([{"number": number} for number in range(20)])
    with pytest.raises(MessagesLostError, match=r"1 of 12 messages were refused, one because: .*InternalError"):
        queue.send_batch([{"odd": True}, *({"number": number} for number in range(11))])
    assert sqs.sizes == [10, 10, 10, 2]
