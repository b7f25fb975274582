import threading

import pytest

from regulars.bootstrap.office import StillMaking, waiting_at_most
from regulars.bootstrap.office._kept import Kept


def test_what_takes_long_is_told_and_goes_on_being_made_once():
    kept, go, made = Kept(), threading.Event(), []

    def make():
        go.wait(10)
        made.append(1)
        return "added up"

    for _ in range(2):
        with waiting_at_most(0.01), pytest.raises(StillMaking):
            kept.get("plan", make)
    go.set()
    assert kept.get("plan", make) == "added up"  # whoever waits gets it
    with waiting_at_most(0.01):
        assert kept.get("plan", make) == "added up"
    assert made == [1]


def test_what_went_wrong_meanwhile_is_said_to_the_next_and_tried_again():
    kept, go = Kept(), threading.Event()

    def fail():
        go.wait(10)
        raise ValueError("no such plan")

    with waiting_at_most(0.01), pytest.raises(StillMaking):
        kept.get("plan", fail)
    go.set()
    with pytest.raises(ValueError, match="no such plan"):
        kept.get("plan", fail)
    assert kept.get("plan", lambda: 17) == 17


def test_the_oldest_give_way():
    kept = Kept(most=2)
    assert [kept.get(key, lambda key=key: key) for key in "abca"] == list("abca")
    assert list(kept._values) == ["c", "a"]
