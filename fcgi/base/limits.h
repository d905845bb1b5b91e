/* Every maximum of the program, with its reason. Settings may lower some of them. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* Deeper JSON is an attack or a mistake; OpenAI tool schemas reach about 20. */
#define LIMIT_JSON_DEPTH 128
/* One SSE event: an inline 4K image in base64 is about 30 MB. */
#define LIMIT_SSE_EVENT (64 * MIB)
/* A unary answer that has to be held whole for translation. */
#define LIMIT_UNARY_ANSWER (256 * MIB)
/* An error body of upstream: larger ones are cut, the rest tells nothing. */
#define LIMIT_ERROR_BODY (64 * KIB)
/* What the gate may hold back before the first meaningful event. */
#define LIMIT_GATE (1 * MIB)
#define LIMIT_GATE_EVENTS 64
/* Request line and headers, as the web servers in front allow at most. */
#define LIMIT_HEADERS (64 * KIB)
#define LIMIT_HEADER_COUNT 128
/* What upstream may send that is not its answer's body: heads, answers before the answer, trailers. */
#define LIMIT_ANSWER_HEAD (256 * KIB)
/* A form of the admin: 5,000 pasted keys of 100 bytes, with room. */
#define LIMIT_FORM (4 * MIB)
#define LIMIT_FORM_FIELDS 20000
/* A .env file, or one setting's text: 100,000 keys of 100 bytes, with room. */
#define LIMIT_SETTING_TEXT (16 * MIB)
/* A key or token: Google's are 39 to about 60 characters. */
#define LIMIT_SECRET 256
/* Queue of the journal: rows beyond it are dropped and counted. */
#define LIMIT_JOURNAL_ROWS 20000
/* Upstream list of models: 1,000 a page, a dozen pages. */
#define LIMIT_MODEL_LIST (16 * MIB)
#define LIMIT_MODEL_PAGES 20
/* A model's name with room for a tuned model's path. */
#define LIMIT_MODEL_NAME 256
/* Tokens of one kind that an answer may tell of: a thousand times the largest windows. */
#define LIMIT_TOKENS ((int64_t)1000000000)
/* Stack of a worker thread: measured need is under 64 KiB. */
#define LIMIT_WORKER_STACK (256 * KIB)

#endif
