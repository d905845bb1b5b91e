#include "api/signatures.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store_signatures.h"

#define RECENT_SLOTS 512
#define CALL_ID_MAX 64
#define KEEP_MS DAY_MS

struct recent {
    char call_id[CALL_ID_MAX];
    char *signature;
};

struct signatures {
    struct store *store;
    struct journal *journal;
    pthread_mutex_t lock;
    struct recent recent[RECENT_SLOTS]; /* by hash of the id; a newer one replaces an older */
};

struct signatures *signatures_create(struct store *store, struct journal *journal)
{
    struct signatures *signatures = xcalloc(1, sizeof(*signatures));
    signatures->store = store;
    signatures->journal = journal;
    pthread_mutex_init(&signatures->lock, NULL);
    return signatures;
}

void signatures_destroy(struct signatures **signatures_p)
{
    struct signatures *signatures = *signatures_p;
    if (!signatures)
        return;
    for (size_t i = 0; i < RECENT_SLOTS; i++)
        free(signatures->recent[i].signature);
    pthread_mutex_destroy(&signatures->lock);
    free(signatures);
    *signatures_p = NULL;
}

static struct recent *slot_of(struct signatures *signatures, const char *call_id)
{
    unsigned hash = 2166136261u;
    for (const char *at = call_id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return &signatures->recent[hash % RECENT_SLOTS];
}

/* --- writing ------------------------------------------------------------------------------- */

struct put_task {
    int64_t expires_ms;
    char call_id[CALL_ID_MAX];
    char signature[]; /* with its NUL */
};

static void run_put(struct store *store, void *ctx)
{
    const struct put_task *task = ctx;
    struct err err = ERR_INIT;
    char quoted[400];
    if (store_signature_put(store, task->call_id, task->signature, task->expires_ms, &err) < 0)
        log_event(LOG_WARNING, "signature.lost", "error=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
}

void signatures_put(struct signatures *signatures, const char *call_id, const char *signature,
                    int64_t now_ms)
{
    size_t size = strlen(signature) + 1;
    if (strlen(call_id) >= CALL_ID_MAX)
        return;
    pthread_mutex_lock(&signatures->lock);
    struct recent *slot = slot_of(signatures, call_id);
    free(slot->signature);
    slot->signature = xstrdup(signature);
    text_copy(slot->call_id, sizeof(slot->call_id), call_id);
    pthread_mutex_unlock(&signatures->lock);

    struct put_task *task = xcalloc(1, sizeof(*task) + size);
    task->expires_ms = now_ms + KEEP_MS;
    text_copy(task->call_id, sizeof(task->call_id), call_id);
    memcpy(task->signature, signature, size);
    journal_run(signatures->journal, run_put, task);
}

/* --- reading ------------------------------------------------------------------------------- */

static int get_recent(struct signatures *signatures, const char *call_id, struct strbuf *out)
{
    LOCK_SCOPE(&signatures->lock);
    const struct recent *slot = slot_of(signatures, call_id);
    if (!slot->signature || !text_eq(slot->call_id, call_id))
        return 0;
    strbuf_puts(out, slot->signature);
    return 1;
}

int signatures_get(struct signatures *signatures, const char *call_id, int64_t now_ms,
                   struct strbuf *out)
{
    if (strlen(call_id) >= CALL_ID_MAX)
        return 0;
    if (get_recent(signatures, call_id, out))
        return 1;
    return store_signature_get(signatures->store, call_id, now_ms, out, NULL) > 0;
}
