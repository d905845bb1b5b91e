/* Keys that nobody has named a project of, and that show by their refusals that they share one.
 *
 * A key that is refused for a quota's sake although we had used less of it shares it with somebody. Where two
 * keys have such refusals at the same time, for the same quota, one of them clearly, where the one was not
 * served since the other was refused, and where both together have not used more than one limit, that speaks
 * for their being of one project; a call of the one that is served while the other one's quota is said to be
 * used up speaks against it. Two signs more for than against, each from another minute (day, or model), join
 * them; whoever is joined to one of a group is joined to all.
 *
 * What is noticed is a guess like others: when a client would else be turned away it is tried, now and then,
 * whether a key of the group is served although the group's quota is used up. If it is, it leaves. */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "pool/key_pool_priv.h"

enum {
    SCORE_JOINS = 2,
    SCORE_LEAST = -4,
    SIGN_AGAIN_MS = 70 * 1000, /* signs of the same minute are one */
    UNTOLD_MS = 20 * 1000,     /* a refusal that does not say how long is one for so long */
    TOLD_MARGIN_MS = 5 * 1000, /* the verdict's, that of the clocks, and a call's way */
    COUNTED_MS = 60 * 1000,    /* before, we do not know what was used in a minute */
    TEST_FIRST_MS = 75 * 1000, /* after a group changed: its last minute is another one by then */
    TEST_AGAIN_MS = 10 * 60 * 1000, /* after a test; twice as long each time that it was vain */
    SPREAD = 10 /* a tenth more than the limit: what is counted in the minute before */
};

static bool is_daily(int which)
{
    return which >= LIMIT_REQUESTS_DAY;
}

static bool counts_tokens(int which)
{
    return which == LIMIT_TOKENS_MINUTE || which == LIMIT_TOKENS_DAY;
}

/* Of no project, or of one that was only noticed. */
static bool is_open(const struct key_pool *pool, uint32_t slot)
{
    const struct pool_key *key = &pool->keys.items[slot];
    return text_empty(key->project) || key->noticed;
}

static bool are_joined(const struct key_pool *pool, uint32_t one, uint32_t other)
{
    const struct pool_key *key = &pool->keys.items[one];
    return !text_empty(key->project) && text_eq(key->project, pool->keys.items[other].project);
}

static bool may_be_kin(const struct key_pool *pool, uint32_t one, uint32_t other)
{
    return one != other && pool->keys.items[one].kind == pool->keys.items[other].kind &&
           is_open(pool, one) && is_open(pool, other);
}

/* --- what is known of two keys --------------------------------------------------------------- */

static struct kinship *find(struct key_pool *pool, int64_t a, int64_t b)
{
    int64_t one = a < b ? a : b, other = a < b ? b : a;
    for (int i = 0; i < KINSHIPS; i++)
        if (pool->kin->kinships[i].one == one && pool->kin->kinships[i].other == other)
            return &pool->kin->kinships[i];
    return NULL;
}

static struct kinship *find_or_make(struct key_pool *pool, int64_t a, int64_t b)
{
    struct kinship *known = find(pool, a, b);
    if (known)
        return known;
    known = &pool->kin->kinships[pool->kin->next++ % KINSHIPS];
    *known = (struct kinship){.one = a < b ? a : b, .other = a < b ? b : a};
    pool->kin->suspects = true;
    return known;
}

static void speak_against(struct kinship *kinship)
{
    kinship->score -= kinship->score > SCORE_LEAST;
}

/* --- groups ---------------------------------------------------------------------------------- */

/* What is counted of the last minute may not be the group's alone now, or not all of it. */
static void wait_with_tests(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    uint32_t at = slot;
    do {
        struct pool_key *key = &pool->keys.items[at];
        if (key->kin_test_ms < now_ms + TEST_FIRST_MS)
            key->kin_test_ms = now_ms + TEST_FIRST_MS;
        at = key->sibling;
    } while (at != slot);
}

static void move(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms)
{
    project_move(pool, slot, name, now_ms);
    pool->keys.items[slot].kin_span_ms = TEST_AGAIN_MS;
    key_settle_in(pool, slot, now_ms);
}

/* All of the group of `slot` become of the project `name`. */
static void move_group(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms)
{
    uint32_t next = pool->keys.items[slot].sibling;
    while (next != slot) {
        uint32_t at = next;
        next = pool->keys.items[at].sibling;
        move(pool, at, name, now_ms);
    }
    move(pool, slot, name, now_ms);
}

static void join(struct key_pool *pool, uint32_t one, uint32_t other, int64_t now_ms)
{
    char name[KEY_PROJECT_NAME];
    uint32_t first = pool->keys.items[one].id < pool->keys.items[other].id ? one : other;
    uint32_t second = first == one ? other : one;
    if (!pool->keys.items[first].noticed && pool->keys.items[second].noticed) {
        first = second;
        second = first == one ? other : one;
    }
    bool fresh = !pool->keys.items[first].noticed;
    snprintf(name, sizeof(name), "with key %lld", (long long)pool->keys.items[first].id);
    if (fresh)
        move(pool, first, name, now_ms);
    else
        text_copy(name, sizeof(name), pool->keys.items[first].project);
    move_group(pool, second, name, now_ms);
    wait_with_tests(pool, second, now_ms);
}

static void end_kins_rests(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    for (uint32_t i = 0; i < pool->model_count; i++)
        rest_end_kins(pool, slot, pool->models[i], now_ms);
}

/* The key is not of the project that it seemed to be of. */
static void leave(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    uint32_t last = pool->keys.items[slot].sibling;
    for (uint32_t at = last; at != slot; at = pool->keys.items[at].sibling) {
        struct kinship *kinship =
            find_or_make(pool, pool->keys.items[slot].id, pool->keys.items[at].id);
        kinship->score = SCORE_LEAST / 2;
        kinship->at_ms = now_ms;
        last = at;
    }
    project_move(pool, slot, "", now_ms);
    end_kins_rests(pool, slot, now_ms);
    key_settle_in(pool, slot, now_ms);
    wait_with_tests(pool, last, now_ms);
    if (last != slot && pool->keys.items[last].sibling == last) {
        project_move(pool, last, "", now_ms);
        end_kins_rests(pool, last, now_ms);
        key_settle_in(pool, last, now_ms);
    }
}

/* --- refusals -------------------------------------------------------------------------------- */

static bool is_live(const struct refusal *refusal, int64_t now_ms)
{
    return refusal->key_id && now_ms >= refusal->at_ms && now_ms < refusal->until_ms;
}

/* A refusal for a quota's sake, as those who weigh it are handed it. */
struct sighting {
    struct key_pool *pool;
    struct pool_model *model;
    uint32_t slot;
    const struct kin_sign *sign;
};

/* Whether all that was used in the last minute is known: counted here, or told of by those who did. */
static bool is_counted(const struct sighting *of, const struct key_account *account)
{
    bool told = account->foreign.told_ms && account->foreign.day == of->pool->day;
    int64_t since_ms = told ? of->model->lessons->counting_ms : account->first_ms;
    return since_ms && since_ms + COUNTED_MS <= of->pool->now_ms;
}

/* What we used of that quota by a key, and by those of its group. */
static int64_t use_of(const struct sighting *of, uint32_t slot)
{
    int64_t use[LIMIT_KIND_COUNT];
    struct ledger_time time = pool_time(of->pool, slot, of->pool->now_ms);
    key_account_use(member_account(of->pool, of->model, slot), &time, use);
    return use[of->sign->which];
}

/* Whether we had used less than the limit, and how clearly. */
static enum refusal_kind kind_of(const struct sighting *of)
{
    const struct kin_sign *sign = of->sign;
    bool counted = is_counted(of, member_account(of->pool, of->model, of->slot));
    bool tokens = counts_tokens(sign->which);
    int64_t need = tokens ? 2 * sign->tokens : 1; /* an estimate may be far off */
    int64_t after = use_of(of, of->slot) + need;
    if (sign->limit <= 0 || after > sign->limit || (!counted && !is_daily(sign->which)))
        return REFUSAL_EXPLAINED;
    return after * 4 <= sign->limit * 3 ? REFUSAL_UNEXPLAINED : REFUSAL_STRANGE;
}

static int64_t clock_use_of(const struct sighting *of, uint32_t slot)
{
    return key_account_clock_use(member_account(of->pool, of->model, slot), of->sign->which,
                                 of->pool->now_ms);
}

/* What two groups have used together, at most: a minute's is counted as it slides, and as it begins with the
 * clock's; the lesser is what may not be more than one limit. */
static bool fit_one_limit(const struct sighting *of, uint32_t other)
{
    int64_t limit = of->sign->limit;
    int64_t sum = use_of(of, of->slot) + use_of(of, other);
    if (!is_daily(of->sign->which)) {
        int64_t by_clock = clock_use_of(of, of->slot) + clock_use_of(of, other);
        sum = by_clock < sum ? by_clock : sum;
    }
    return sum <= limit + limit / SPREAD;
}

static bool is_news(const struct sighting *of, const struct kinship *kinship)
{
    bool daily = is_daily(of->sign->which);
    if (!kinship->at_ms || kinship->model_hash != of->model->hash || kinship->daily != daily)
        return true;
    return daily ? kinship->at_ms < of->pool->day_start_ms
                 : kinship->at_ms + SIGN_AGAIN_MS <= of->pool->now_ms;
}

static void speak_for(const struct sighting *of, uint32_t other, struct kinship *kinship)
{
    kinship->at_ms = of->pool->now_ms;
    kinship->model_hash = of->model->hash;
    kinship->daily = is_daily(of->sign->which);
    if (++kinship->score >= SCORE_JOINS)
        join(of->pool, of->slot, other, of->pool->now_ms);
}

/* A key was refused while another one's quota was used up. */
static void weigh(const struct sighting *of, uint32_t other, const struct refusal *refusal)
{
    const struct key_account *account = member_account(of->pool, of->model, of->slot);
    struct kinship *kinship =
        find_or_make(of->pool, of->pool->keys.items[of->slot].id, refusal->key_id);
    bool was_served = !counts_tokens(of->sign->which) && account->served_ms >= refusal->at_ms;
    if (was_served || !fit_one_limit(of, other))
        speak_against(kinship);
    else if (is_news(of, kinship))
        speak_for(of, other, kinship);
}

/* Whether both together have used just one limit, calls aside of which nothing has been heard. */
static bool make_one_limit(const struct sighting *of, uint32_t other)
{
    int64_t others = use_of(of, other);
    int64_t sum = use_of(of, of->slot) + others;
    int64_t unheard =
        kin_unheard(of->pool, of->model, of->slot) + kin_unheard(of->pool, of->model, other);
    return others > 0 && sum >= of->sign->limit && sum - unheard <= of->sign->limit;
}

static bool is_of_group(const struct key_pool *pool, int64_t id, uint32_t slot)
{
    uint32_t at = pool_slot_of(pool, id);
    return at == slot || (at != SLOT_NONE && are_joined(pool, at, slot));
}

/* Where a suspicion is, what both used tells, too. */
static void weigh_sums(const struct sighting *of)
{
    struct key_pool *pool = of->pool;
    for (int i = 0; i < KINSHIPS; i++) {
        struct kinship *kinship = &pool->kin->kinships[i];
        if (kinship->score <= 0)
            continue;
        bool first = is_of_group(pool, kinship->one, of->slot);
        uint32_t other = pool_slot_of(pool, first ? kinship->other : kinship->one);
        if ((!first && !is_of_group(pool, kinship->other, of->slot)) || other == SLOT_NONE ||
            !may_be_kin(pool, of->slot, other) || are_joined(pool, of->slot, other) ||
            !is_news(of, kinship))
            continue;
        if (make_one_limit(of, other))
            speak_for(of, other, kinship);
    }
}

static void note_refusal(const struct sighting *of, enum refusal_kind kind)
{
    struct model_lessons *lessons = of->model->lessons;
    const struct kin_sign *sign = of->sign;
    int64_t id = of->pool->keys.items[of->slot].id;
    int64_t until = is_daily(sign->which) ? of->pool->midnight_ms
                    : sign->until_ms      ? sign->until_ms - TOLD_MARGIN_MS
                                          : of->pool->now_ms + UNTOLD_MS;
    struct refusal *place = NULL;
    for (int i = 0; i < REFUSALS && !place; i++)
        if (lessons->refusals[i].key_id == id && lessons->refusals[i].which == sign->which)
            place = &lessons->refusals[i];
    if (!place)
        place = &lessons->refusals[lessons->refusal_next++ % REFUSALS];
    *place = (struct refusal){.key_id = id,
                              .at_ms = of->pool->now_ms,
                              .until_ms = until,
                              .tokens = sign->tokens,
                              .which = (uint8_t)sign->which,
                              .kind = (uint8_t)kind};
    if (until > lessons->refused_until_ms)
        lessons->refused_until_ms = until;
}

void kin_refused(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                 const struct kin_sign *sign)
{
    if (!is_open(pool, slot))
        return;
    const struct sighting of = {pool, model, slot, sign};
    enum refusal_kind kind = kind_of(&of);
    for (int i = 0; i < REFUSALS; i++) {
        const struct refusal refusal = model->lessons->refusals[i];
        uint32_t other = refusal.key_id ? pool_slot_of(pool, refusal.key_id) : SLOT_NONE;
        if (other != SLOT_NONE && refusal.which == sign->which && is_live(&refusal, pool->now_ms) &&
            kind + refusal.kind >= REFUSAL_STRANGE + REFUSAL_UNEXPLAINED &&
            may_be_kin(pool, slot, other) && !are_joined(pool, slot, other))
            weigh(&of, other, &refusal);
    }
    if (kind != REFUSAL_EXPLAINED && !counts_tokens(sign->which) && pool->kin->suspects)
        weigh_sums(&of);
    note_refusal(&of, kind);
}

/* By the process that was refused, which knows more of it. */
static bool is_noted(const struct key_pool *pool, const struct pool_model *model, uint32_t slot,
                     bool daily)
{
    for (int i = 0; i < REFUSALS; i++) {
        const struct refusal *refusal = &model->lessons->refusals[i];
        if (refusal->key_id == pool->keys.items[slot].id && is_daily(refusal->which) == daily &&
            is_live(refusal, pool->now_ms))
            return true;
    }
    return false;
}

void kin_refused_elsewhere(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                           bool daily, int64_t until_ms)
{
    if (!is_open(pool, slot) || is_noted(pool, model, slot, daily))
        return;
    struct kin_sign sign = {.which = daily ? LIMIT_REQUESTS_DAY : LIMIT_REQUESTS_MINUTE,
                            .until_ms = until_ms};
    struct quota quota = quota_of(pool, model, slot);
    sign.limit = quota.whole[sign.which];
    const struct sighting of = {pool, model, slot, &sign};
    note_refusal(&of, kind_of(&of));
}

/* --- what speaks against --------------------------------------------------------------------- */

void kin_served(struct key_pool *pool, struct pool_model *model, uint32_t slot, int64_t taken_ms,
                int64_t tokens)
{
    if (!pool->kin->suspects || taken_ms >= model->lessons->refused_until_ms)
        return;
    for (int i = 0; i < REFUSALS; i++) {
        const struct refusal *refusal = &model->lessons->refusals[i];
        uint32_t other = refusal->key_id ? pool_slot_of(pool, refusal->key_id) : SLOT_NONE;
        bool larger = !counts_tokens(refusal->which) || tokens >= refusal->tokens;
        if (other == SLOT_NONE || other == slot || !is_live(refusal, taken_ms) || !larger)
            continue;
        struct kinship *kinship = find(pool, pool->keys.items[slot].id, refusal->key_id);
        if (!kinship || kinship->against_ms == refusal->at_ms)
            continue;
        kinship->against_ms = refusal->at_ms;
        speak_against(kinship);
        if (pool->keys.items[slot].noticed && are_joined(pool, slot, other))
            leave(pool, slot, pool->now_ms);
    }
}

bool kin_is_used_up(const struct key_pool *pool, const struct pool_model *model, uint32_t slot,
                    int64_t now_ms)
{
    for (int i = 0; i < REFUSALS; i++) {
        const struct refusal *refusal = &model->lessons->refusals[i];
        uint32_t other = refusal->key_id ? pool_slot_of(pool, refusal->key_id) : SLOT_NONE;
        if (other != SLOT_NONE && other != slot && !counts_tokens(refusal->which) &&
            is_live(refusal, now_ms) && are_joined(pool, slot, other))
            return true;
    }
    return false;
}

int64_t kin_unheard(const struct key_pool *pool, const struct pool_model *model, uint32_t slot)
{
    enum { LOOKS = 256 }; /* of more keys it is not worth while to know */
    int64_t sum = model->members[slot].unheard;
    int looks = 0;
    for (uint32_t at = pool->keys.items[slot].sibling; at != slot;
         at = pool->keys.items[at].sibling) {
        if (looks++ == LOOKS)
            return INT32_MAX;
        sum += model->members[at].unheard;
    }
    return sum;
}

bool kin_test_due(const struct key_pool *pool, uint32_t slot)
{
    return pool->now_ms >= pool->keys.items[slot].kin_test_ms;
}

/* The others wait, too: one at a time. */
void kin_test_begun(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    struct pool_key *key = &pool->keys.items[slot];
    for (uint32_t at = key->sibling; at != slot; at = pool->keys.items[at].sibling)
        if (pool->keys.items[at].kin_test_ms < now_ms + TEST_AGAIN_MS)
            pool->keys.items[at].kin_test_ms = now_ms + TEST_AGAIN_MS;
    if (key->kin_span_ms < TEST_AGAIN_MS)
        key->kin_span_ms = TEST_AGAIN_MS;
    key->kin_test_ms = now_ms + key->kin_span_ms;
    if (key->kin_span_ms < DAY_MS)
        key->kin_span_ms *= 2;
}

void kin_test_failed(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    if (pool->keys.items[slot].noticed)
        leave(pool, slot, now_ms);
}
