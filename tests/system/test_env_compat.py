"""Files and environments that were written for gemini-balance are read as they are."""

import pytest

from stand import TOKEN, wait_until

# As people write it: comments, quotes, lists in three spellings, names in any case, things we do not have.
OLD_FILE = """
# Database
DATABASE_TYPE=mysql
#SQLITE_DATABASE=default_db
MYSQL_HOST=gemini-balance-mysql
MYSQL_PORT=3306
MYSQL_USER=gemini
MYSQL_PASSWORD=change_me
MYSQL_DATABASE=default_db
api_keys={keys}
Allowed_Tokens=["{token}"]
# AUTH_TOKEN=sk-123456
TEST_MODEL=gemini-2.5-flash-lite
THINKING_MODELS=["gemini-2.5-flash"]
THINKING_BUDGET_MAP={{"gemini-2.5-flash": -1}}
IMAGE_MODELS=["gemini-2.0-flash-exp"]
SEARCH_MODELS=["gemini-2.5-flash","gemini-2.5-pro"]
FILTERED_MODELS=["gemini-1.0-pro-vision-latest", "gemini-pro-vision"]
URL_CONTEXT_ENABLED=false
TOOLS_CODE_EXECUTION_ENABLED=false
SHOW_SEARCH_LINK=true
SHOW_THINKING_PROCESS=True
BASE_URL={base}
MAX_FAILURES=10
MAX_RETRIES=3
CHECK_INTERVAL_HOURS=1
TIMEZONE=Asia/Shanghai
TIME_OUT=300
PROXIES=[]
CUSTOM_HEADERS={{"X-Old": "yes"}}
PAID_KEY=AIzaSyF3xS0y-Bt5VoXz9Nr4Pe0Af7Ju3Hi8LwA
CREATE_IMAGE_MODEL=imagen-3.0-generate-002
UPLOAD_PROVIDER=smms
SMMS_SECRET_TOKEN=XXXX
PICGO_API_KEY=xxxx
CLOUDFLARE_IMGBED_URL=https://xxxxxxx.pages.dev/upload
CLOUDFLARE_IMGBED_AUTH_CODE=xxxxxxxxx
STREAM_OPTIMIZER_ENABLED=false
STREAM_MIN_DELAY=0.016
STREAM_MAX_DELAY=0.024
STREAM_SHORT_TEXT_THRESHOLD=10
STREAM_LONG_TEXT_THRESHOLD=50
STREAM_CHUNK_SIZE=5
LOG_LEVEL=info
AUTO_DELETE_ERROR_LOGS_ENABLED=true
AUTO_DELETE_ERROR_LOGS_DAYS=7
AUTO_DELETE_REQUEST_LOGS_ENABLED=false
AUTO_DELETE_REQUEST_LOGS_DAYS=30
FAKE_STREAM_ENABLED=false
FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS=5
SAFETY_SETTINGS=[{{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}}, {{"category": "HARM_CATEGORY_CIVIC_INTEGRITY", "threshold": "BLOCK_NONE"}}]
ADMIN_SESSION_EXPIRE=3600
SOME_FUTURE_THING=whatever
"""
KEYS = ["AIzaSyD1vQ8w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA", "AIzaSyE2wR9x-As4UnWy8Mq3Od9Ze6It2Gh7KvA"]
SPELLINGS = {"json": '["{}","{}"]', "python": "['{}', '{}']", "parentheses": '("{}","{}")', "commas": "{},{}",
             "commas and blanks": " {} , {} ", "quoted json": '\'["{}","{}"]\''}


@pytest.fixture
def old_stand(make_stand, upstream):
    """A stand that knows nothing but what the file says."""
    def make(keys_text):
        stand = make_stand(keys=0, start=False, API_KEYS=None, ALLOWED_TOKENS=None, AUTH_TOKEN=None, BASE_URL=None,
                           LOG_LEVEL=None)
        stand.keys = KEYS
        (stand.folder / "env").write_text(OLD_FILE.format(keys=keys_text, token=TOKEN, base=upstream.url))
        return stand.start()

    return make


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_old_file(old_stand, upstream, spelling):
    stand = old_stand(SPELLINGS[spelling].format(*KEYS))
    assert stand.get("/health").json()["keys"] == {"total": 2, "ready": 2}
    for _ in range(4):
        assert stand.chat().status_code == 200
    assert set(upstream.keys_used()) == set(KEYS)
    assert upstream.last.header("X-Old") == "yes"
    assert "DATABASE_TYPE" in stand.log()


def test_keys_named_later_are_added_and_deleted_ones_stay_away(old_stand, upstream):
    stand = old_stand(f'["{KEYS[0]}"]')
    stand.gbctl("keys", "delete", KEYS[0])
    file = stand.folder / "env"
    file.write_text(file.read_text().replace(f'["{KEYS[0]}"]', f'["{KEYS[0]}","{KEYS[1]}"]'))
    stand.restart()
    wait_until(lambda: stand.get("/health").json()["keys"]["total"] == 1)
    assert stand.chat().status_code == 200
    assert set(upstream.keys_used()) == {KEYS[1]}


def test_the_environment_goes_before_the_file(make_stand, upstream):
    stand = make_stand(start=False, MAX_RETRIES="5")
    (stand.folder / "env").write_text("MAX_RETRIES=2\nMAX_FAILURES=9\n")
    assert stand.gbctl("settings", "get", "MAX_RETRIES").stdout.strip() == "5"
    assert stand.gbctl("settings", "get", "MAX_FAILURES").stdout.strip() == "9"


def test_names_in_any_case_from_the_environment(make_stand):
    stand = make_stand(front="none", max_retries="6")
    assert stand.gbctl("settings", "get", "MAX_RETRIES").stdout.strip() == "6"


def test_the_first_token_opens_the_admin_with_a_warning(old_stand):
    stand = old_stand(",".join(KEYS))
    assert "AUTH_TOKEN is not set" in stand.log()
