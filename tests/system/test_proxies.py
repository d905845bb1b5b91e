"""The way out through HTTP and SOCKS5 proxies."""

import pytest

from proxies import HttpProxy, SocksProxy
from stand import chunks_of, text_of


@pytest.fixture(params=[HttpProxy, SocksProxy])
def proxy(request):
    made = request.param()
    yield made
    made.close()


def test_everything_goes_through_it(make_stand, upstream, proxy):
    stand = make_stand(PROXIES=[proxy.url])
    assert stand.chat().status_code == 200
    assert text_of(chunks_of(stand.chat(stream=True).content)) == "Hello from Gemini"
    assert stand.get("/v1/models").status_code == 200
    assert proxy.passed >= 1
    assert upstream.connections == proxy.passed


@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
def test_with_a_password(make_stand, upstream, kind):
    proxy = kind("user", "pass-word-1")
    stand = make_stand(PROXIES=[proxy.url])
    assert stand.chat().status_code == 200
    assert proxy.passed >= 1
    assert "pass-word-1" not in stand.log()
    assert upstream.last.header("Proxy-Authorization") is None
    proxy.close()


@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
def test_a_proxy_that_refuses_is_no_key_s_fault(make_stand, upstream, kind):
    proxy = kind("user", "right")
    stand = make_stand(PROXIES=[proxy.url.replace("right", "wrong")])
    answer = stand.chat()
    assert answer.status_code in (502, 503, 504)
    assert "wrong" not in answer.text and "wrong" not in stand.log()
    assert not upstream.calls
    assert stand.get("/health").json()["keys"]["ready"] == 3
    proxy.close()


def test_a_dead_proxy_is_set_aside(make_stand, upstream, proxy):
    stand = make_stand(keys=6, PROXIES=["http://127.0.0.1:9", proxy.url])
    for _ in range(12):
        assert stand.chat().status_code == 200
    assert proxy.passed >= 1


def test_a_key_keeps_its_proxy(make_stand, upstream):
    first, second = HttpProxy(), HttpProxy()
    stand = make_stand(keys=8, PROXIES=[first.url, second.url])
    places = {}
    for _ in range(24):
        before = first.passed, second.passed
        assert stand.chat().status_code == 200
        moved = (first.passed - before[0], second.passed - before[1])
        if sum(moved) == 1:
            places.setdefault(upstream.last.key, set()).add(moved)
    assert all(len(each) == 1 for each in places.values())
    first.close()
    second.close()
