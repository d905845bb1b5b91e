"""A company's network: out through a proxy with a password and with certificates of its own, in below a path with
people that the web server has signed on."""

import socket
import threading
from contextlib import closing

import httpx
import pytest

from certificates import own_certificate
from fronts import LighttpdSubpath
from proxies import HttpProxy, Proxy, pump
from stand import TOKEN, chunks_of, text_of
from test_files import START
from upstream_files import Resources


class Tls(Proxy):
    """TLS before the upstream of the tests, under a certificate that nobody else knows."""

    scheme = "https"

    def __init__(self, folder, upstream):
        self.upstream = upstream
        self.certificate, self.context = own_certificate(folder)
        super().__init__()

    def serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as inside, \
                    closing(socket.create_connection(("127.0.0.1", self.upstream.port))) as onward:
                self.passed += 1
                threading.Thread(target=pump, args=(inside, onward), daemon=True).start()
                pump(onward, inside)
        except (OSError, ValueError):
            self.refused += 1


@pytest.fixture
def tls(tmp_path, upstream):
    made = Tls(tmp_path, upstream)
    yield made
    made.close()


def test_certificates_of_its_own_behind_a_proxy_with_a_password(make_stand, upstream, tls):
    """The whole way: CONNECT with a password, TLS under the company's certificate. Without the file nothing passes."""
    proxy = HttpProxy("user", "pass-word-1")
    stand = make_stand(BASE_URL=tls.url + "/v1beta", PROXIES=[proxy.url])
    answer = stand.chat()
    assert answer.status_code in (502, 503) and not upstream.calls, answer.text
    assert stand.get("/health").json()["keys"]["ready"] == 3
    stand.gbctl("settings", "set", "CA_FILE", str(tls.certificate))
    stand.restart()
    assert stand.chat().status_code == 200
    assert text_of(chunks_of(stand.chat(stream=True).content)) == "Hello from Gemini"
    assert tls.passed >= 1 and proxy.passed >= tls.passed
    assert upstream.last.header("Proxy-Authorization") is None
    assert "pass-word-1" not in stand.log()
    proxy.close()


def test_a_file_of_certificates_that_changes_is_read_anew(make_stand, upstream, tls, tmp_path):
    """As an update of the system's certificates does it; nothing is restarted."""
    authorities, fresh = tmp_path / "authorities.pem", tmp_path / "fresh.pem"
    (tmp_path / "other").mkdir()
    other, _ = own_certificate(tmp_path / "other")
    authorities.write_text(other.read_text())
    stand = make_stand(BASE_URL=tls.url + "/v1beta", CA_FILE=str(authorities))
    assert stand.chat().status_code in (502, 503) and not upstream.calls
    fresh.write_text(other.read_text() + tls.certificate.read_text())
    fresh.rename(authorities)
    assert stand.chat().status_code == 200
    assert len(upstream.calls) == 1


# --- sign-on by the front --------------------------------------------------------------------------


class SigningOn(LighttpdSubpath):
    """lighttpd asks for a password before the admin, as its own documentation shows."""

    def install(self):
        super().install()
        people = self.folder / "people"
        people.write_text("mei:right\njo:right\n")
        people.chmod(0o644)

    def configuration(self):
        return f"""
server.modules += ("mod_auth", "mod_authn_file")
auth.backend = "plain"
auth.backend.plain.userfile = "{self.folder}/people"
$HTTP["url"] !~ "^/gemini/(v1|v1beta|health)(/|$)" {{
    auth.require = ("/gemini/" => ("method" => "basic", "realm" => "company", "require" => "valid-user"))
}}
""" + super().configuration()


def status_of(front, path, **options):
    return httpx.get(front.url + path, follow_redirects=False, timeout=20, **options).status_code


def test_whom_the_front_signed_on(make_front):
    front = make_front(SigningOn, 2, ADMIN_REMOTE_USER="true", ADMIN_USERS=["mei"])
    assert status_of(front, "/keys") == 401
    assert status_of(front, "/keys", auth=("mei", "wrong")) == 401
    assert status_of(front, "/keys", auth=("mei", "right")) == 200
    assert status_of(front, "/api/keys", auth=("mei", "right")) == 200
    # somebody whom the front knows and the setting does not name gets the token's form like everybody
    assert status_of(front, "/keys", auth=("jo", "right")) in (302, 303, 307)
    # nobody names himself
    assert status_of(front, "/keys", auth=("jo", "right"), headers={"Remote-User": "mei", "X-Remote-User": "mei"}) != 200
    # calls are no affair of the sign-on
    assert front.chat().status_code == 200
    assert status_of(front, "/v1/models", headers={"Authorization": f"Bearer {TOKEN}"}) == 200


def test_a_sign_on_that_no_setting_trusts(make_front):
    front = make_front(SigningOn, 2, ADMIN_USERS=["mei"])
    assert status_of(front, "/keys", auth=("mei", "right")) in (302, 303, 307)


# --- whose word about the client is taken -------------------------------------------------------------


@pytest.mark.parametrize("trusted, wanted", [(["127.0.0.0/8"], "https://api.example.org"), (["10.0.0.0/8"], None)],
                         ids=["trusted", "stranger"])
def test_forwarded_addresses(make_stand, upstream, trusted, wanted):
    Resources(upstream)
    stand = make_stand(TRUSTED_PROXIES=trusted)
    answer = stand.post("/upload/v1beta/files", {"file": {"display_name": "a"}}, headers=START | {
        "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.org"})
    assert answer.headers["x-goog-upload-url"].startswith((wanted or stand.url) + "/upload/")
