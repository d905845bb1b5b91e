# The system tests are run by tests/run.sh; `make dist` only carries them along.
EXTRA_DIST += \
	$(wildcard $(srcdir)/tests/system/*.py) \
	tests/run.sh \
	tests/tally.py \
	tests/requirements.txt tests/requirements-old.txt \
	tests/system/browser/.npmrc \
	tests/system/browser/package-lock.json \
	tests/system/browser/package.json \
	tests/system/browser/pages.mjs \
	tests/system/browser/pictures.mjs \
	tests/system/pytest.ini \
	tests/system/tsan.supp \
	tests/system/node/.npmrc \
	tests/system/node/package-lock.json \
	tests/system/node/package.json \
	tests/system/node/sdk_ai.mjs \
	tests/system/node/sdk_google.mjs \
	tests/system/node/sdk_google_files.mjs \
	tests/system/node/sdk_ai_embed.mjs \
	tests/system/node/sdk_openai.mjs \
	tests/system/node/sdk_openai_media.mjs
