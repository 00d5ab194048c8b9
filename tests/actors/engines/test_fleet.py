from __future__ import annotations

from actors.engines.fleet import LONGEST_REST_S, Fleet


def test_the_server_with_the_least_work_is_next() -> None:
    fleet = Fleet(["http://a/v1/", "http://b/v1"], now=0.0)
    first = fleet.choose(0.0)
    assert first.url == "http://a/v1"
    first.in_flight = 1
    assert fleet.choose(0.0).url == "http://b/v1"


def test_a_server_rests_longer_after_each_failure_and_is_trusted_again_after_an_answer() -> None:
    fleet = Fleet(["a", "b"], now=0.0)
    bad = fleet.choose(0.0)
    rests = []
    for _ in range(8):
        fleet.failed(bad, 0.0)
        rests.append(bad.rests_until)
    assert rests == sorted(rests)
    assert rests[:3] == [0.5, 1.0, 2.0]
    assert rests[-1] == LONGEST_REST_S
    assert fleet.choose(0.1) is not bad
    fleet.answered(bad, 1.0)
    assert (bad.failures, bad.rests_until) == (0, 0.0)


def test_when_all_rest_the_first_to_be_back_is_asked() -> None:
    fleet = Fleet(["a", "b"], now=0.0)
    a = fleet.choose(0.0)
    fleet.failed(a, 0.0)
    b = fleet.choose(0.0)
    fleet.failed(b, 0.0)
    fleet.failed(b, 0.0)
    assert fleet.choose(0.1) is a


def test_failing_counts_from_the_first_failure_after_the_last_answer() -> None:
    fleet = Fleet(["a"], now=0.0)
    server = fleet.choose(0.0)
    assert fleet.failing_for(1000.0, busy_since=100.0) == 0
    fleet.failed(server, 140.0)
    fleet.failed(server, 145.0)
    assert fleet.failing_for(160.0, busy_since=100.0) == 20.0
    assert fleet.failing_for(160.0, busy_since=155.0) == 5.0
    fleet.answered(server, 146.0)
    assert fleet.failing_for(160.0, busy_since=100.0) == 0
    fleet.failed(server, 147.0)
    fleet.asked_to_wait(server, 150.0, 2.0)
    assert (fleet.failing_for(160.0, busy_since=100.0), server.rests_until, server.failures) == (0, 152.0, 1)
    assert fleet.has_answered_since(149.0)
    assert not fleet.has_answered_since(150.0)


def test_nobody_is_asked_while_every_server_asked_for_patience() -> None:
    fleet = Fleet(["a", "b"], now=0.0)
    a = fleet.choose(0.0)
    fleet.asked_to_wait(a, 0.0, 5.0)
    assert fleet.peace(0.0) == 0.0, "the other is there"
    fleet.asked_to_wait(fleet.choose(0.0), 0.0, 3.0)
    assert fleet.peace(1.0) == 2.0
    assert fleet.peace(3.0) == 0.0
    fleet.answered(a, 3.0)
    assert not a.has_too_much


def test_a_server_that_failed_is_tried_again_at_once_where_there_is_no_other() -> None:
    fleet = Fleet(["a"], now=0.0)
    a = fleet.choose(0.0)
    fleet.asked_to_wait(a, 0.0, 5.0)
    fleet.failed(a, 5.0)
    assert a.rests_until > 5.0
    assert fleet.peace(5.0) == 0.0
