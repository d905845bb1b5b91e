from fronts import FRONTS
import pytest


@pytest.mark.parametrize("name", FRONTS)
def test_chat(make_front, upstream, name):
    front = make_front(name)
    assert front.chat().status_code == 200
