#include "pool/lessons.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/scope.h"
#include "pool/key_pool_priv.h"

enum {
    USED_MS = 10 * 1000,
    SPARED_MS = 10 * 60 * 1000, /* a model that was used in this time keeps its place */
    SEEN_MOST = 1000,
    COUNT_MOST = INT32_MAX
};
/* No time in them is later than this from now, unless a clock was wrong. */
#define LATEST_MS (8 * (int64_t)DAY_MS)
#define RATIO_MOST 16.0
#define CAUTION_MOST 16.0
#define TOKENS_MOST 1e9

void lessons_init(struct model_lessons *lessons)
{
    *lessons = (struct model_lessons){.token_caution = 1};
    for (int kind = 0; kind < KEY_PROMPT_KINDS; kind++)
        lessons->sizes[kind] = (struct size_lesson){.ratio = 1, .most = 1, .seen = 4};
}

void lessons_changed(struct pool_model *model)
{
    model->stale = true;
    model->lessons->changes++;
}

/* --- what others may have left behind -------------------------------------------------------- */

static bool is_within(double value, double least, double most)
{
    return isfinite(value) && value >= least && value <= most;
}

static bool is_count(int64_t value, int64_t most)
{
    return value >= 0 && value <= most;
}

static bool is_sane_size(const struct size_lesson *size)
{
    return is_within(size->ratio, 1 / RATIO_MOST, RATIO_MOST) &&
           is_within(size->spread, 0, RATIO_MOST) &&
           is_within(size->most, 1 / RATIO_MOST, RATIO_MOST) && is_count(size->seen, SEEN_MOST);
}

static bool is_sane(const struct model_lessons *lessons, int64_t now_ms)
{
    const int64_t times[] = {lessons->used_ms, lessons->counting_ms, lessons->window_unclear_ms,
                             lessons->window_next_ms, lessons->unsure_next_ms};
    bool sane = is_within(lessons->turn_spread, 0, RATIO_MOST) &&
                is_within(lessons->token_caution, 0, CAUTION_MOST) &&
                is_within(lessons->token_mean, 0, TOKENS_MOST) &&
                is_count(lessons->stretches_lost, COUNT_MOST) &&
                is_count(lessons->served, INT64_MAX) &&
                is_count((int64_t)lessons->unsure_votes + VOTES_MAX, 2 * VOTES_MAX);
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        sane = sane && is_count(times[i], now_ms + LATEST_MS);
    for (size_t i = 0; i < ARRAY_LEN(lessons->window_votes); i++)
        sane = sane && is_count(lessons->window_votes[i], VOTES_MAX);
    for (int kind = 0; kind < KEY_PROMPT_KINDS; kind++)
        sane = sane && is_sane_size(&lessons->sizes[kind]);
    return sane;
}

/* --- sharing --------------------------------------------------------------------------------- */

void key_pool_share_lessons(struct key_pool *pool, void *memory)
{
    _Static_assert(sizeof(struct lesson_book) <= KEY_POOL_LESSONS_BYTES, "its size");
    struct lesson_book *book = memory;
    if (book->layout != (uint32_t)sizeof(*book)) {
        memset(book, 0, sizeof(*book));
        book->layout = (uint32_t)sizeof(*book);
    }
    pool->book = book;
    pool->kin = &book->kin;
}

static struct model_lessons *find(struct lesson_book *book, uint64_t hash)
{
    for (int i = 0; i < LESSON_MODELS; i++)
        if (book->models[i].model == hash)
            return &book->models[i];
    return NULL;
}

/* A free place, or that of the model that was unused for longest; NULL when all are in use. */
static struct model_lessons *place_in(struct lesson_book *book, int64_t now_ms)
{
    struct model_lessons *place = NULL;
    for (int i = 0; i < LESSON_MODELS; i++) {
        struct model_lessons *at = &book->models[i];
        if (at->model == 0)
            return at;
        if (at->used_ms + SPARED_MS <= now_ms && (!place || at->used_ms < place->used_ms))
            place = at;
    }
    return place;
}

static bool are_shared(const struct pool_model *model)
{
    return model->lessons != &model->own_lessons;
}

static void take(struct pool_model *model, struct model_lessons *lessons)
{
    model->lessons = lessons;
    model->stale = true;
}

void lessons_find(struct key_pool *pool, struct pool_model *model, int64_t now_ms)
{
    if (!pool->book)
        return;
    if (are_shared(model) && model->lessons->model != model->hash) /* its place was taken */
        take(model, &model->own_lessons);
    if (!are_shared(model)) {
        struct model_lessons *known = find(pool->book, model->hash);
        if (!known)
            return;
        if (!is_sane(known, now_ms)) {
            lessons_init(known);
            known->model = model->hash;
        }
        take(model, known);
    }
    if (model->lessons->used_ms + USED_MS <= now_ms)
        model->lessons->used_ms = now_ms;
}

void lessons_keep(struct key_pool *pool, struct pool_model *model, int64_t now_ms)
{
    lessons_find(pool, model, now_ms);
    struct model_lessons *place =
        pool->book && !are_shared(model) ? place_in(pool->book, now_ms) : NULL;
    if (!place)
        return;
    *place = model->own_lessons;
    place->used_ms = now_ms;
    place->model = model->hash;
    take(model, place);
}
