"""Nothing is sent but what was shown and clicked, and that once."""

from __future__ import annotations

import pytest

from app.errors import NotConfirmed
from app.escalation.draft import new_draft, with_question
from app.escalation.payload import Payload, build
from app.escalation.review import review
from app.escalation.session import Click, Session, State, WrongState
from tests.escalations import TEAM, turn


def payload(question: str = "How long?") -> Payload:
    draft = with_question(new_draft(turn(), [], TEAM), question)
    return build(draft, review(draft))


@pytest.fixture
def session() -> Session:
    made = Session()
    made.show(payload())
    return made


def test_a_click_under_what_is_shown_lets_exactly_that_go(session: Session) -> None:
    shown = session.shown
    assert shown is not None
    session.confirm(Click(), shown.seal)
    assert session.begin() is shown
    session.arrive()
    assert session.state is State.STREAMING
    session.end(State.DONE)
    assert session.ended


def test_without_a_click_nothing_can_be_begun(session: Session) -> None:
    with pytest.raises(WrongState):
        session.begin()


def test_a_click_serves_once_even_when_it_failed(session: Session) -> None:
    click = Click()
    with pytest.raises(NotConfirmed):
        session.confirm(click, payload("Another?").seal)
    with pytest.raises(NotConfirmed):
        session.confirm(click, payload().seal)
    assert session.state is State.EDITING


def test_after_an_edit_it_must_be_shown_again(session: Session) -> None:
    session.edit()
    with pytest.raises(NotConfirmed, match="changed"):
        session.confirm(Click(), payload().seal)
    session.show(payload("Another?"))
    with pytest.raises(NotConfirmed):
        session.confirm(Click(), payload().seal)
    session.confirm(Click(), payload("Another?").seal)


def test_nothing_is_begun_twice(session: Session) -> None:
    session.confirm(Click(), payload().seal)
    session.begin()
    for again in (
        session.begin,
        session.edit,
        lambda: session.show(payload()),
        lambda: session.confirm(Click(), payload().seal),
    ):
        with pytest.raises(WrongState):
            again()


@pytest.mark.parametrize("begun", [False, True])
def test_cancelled_is_over_and_stays_so(session: Session, *, begun: bool) -> None:
    session.confirm(Click(), payload().seal)
    if begun:
        session.begin()
    session.cancel()
    session.end(State.DONE)
    session.arrive()
    assert session.state is State.CANCELLED
    with pytest.raises(WrongState):
        session.begin()


def test_it_ends_only_in_an_end(session: Session) -> None:
    with pytest.raises(WrongState):
        session.end(State.SENDING)


def test_the_seal_changes_with_the_address_and_with_every_byte() -> None:
    draft = new_draft(turn(), [], TEAM)
    elsewhere = TEAM.model_copy(update={"base_url": "https://other.example/v1"})
    same_body = new_draft(turn(), [], elsewhere)
    first, second = build(draft, review(draft)), build(same_body, review(same_body))
    assert first.body == second.body
    assert first.seal != second.seal
    assert first.seal != payload("How long??").seal
    assert first.seal == payload().seal
