#include "pool/key_ledger.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/scope.h"

enum {
    /* Google counts calls when they arrive: a call on a new connection arrives later than it was
     * booked, the one that takes its place a minute later may not. */
    SLIDING_MARGIN_MS = 120,
    SLIDING_MS = 60 * 1000 + SLIDING_MARGIN_MS,
    /* Between our clock and Google's; a call so near the boundary counts for both minutes. */
    FIXED_MARGIN_MS = 600,
    /* Calls closer together than this share an entry once the ring is long. */
    ENTRY_SPAN_MS = 400,
    ENTRIES_EXACT = 64,
    ENTRIES_MAX = 256,
    STRANGER_MS = 60 * 60 * 1000,
    /* A test tells nothing when there may be room after all because a minute has passed but for our
     * margin, or when a call sent at the same time may be refused in its place. */
    TELLING_MS = 2000,
    /* When to ask again for tokens that may come back at any time. */
    SURPLUS_LOOK_MS = 1000
};

void key_account_free(struct key_account *account)
{
    if (account)
        free(account->entries);
    free(account);
}

static struct use_entry *entry_at(const struct key_account *account, uint32_t index)
{
    return &account->entries[(account->first + index) & (account->cap - 1)];
}

static void drop_oldest(struct key_account *account)
{
    const struct use_entry *oldest = entry_at(account, 0);
    for (int which = 0; which < 2; which++) {
        account->minute[which] -= oldest->amount[which];
        account->unsure[which] -= oldest->unsure[which];
    }
    account->first = (account->first + 1) & (account->cap - 1);
    account->count--;
}

/* Forgets what left the window, and everything when the clock was set back by much. */
static void expire(struct key_account *account, int64_t now_ms)
{
    while (account->count && (entry_at(account, 0)->at_ms + SLIDING_MS <= now_ms ||
                              entry_at(account, 0)->at_ms > now_ms + 2 * SLIDING_MS))
        drop_oldest(account);
}

static void roll_day(struct key_account *account, int64_t day)
{
    if (account->day == day)
        return;
    account->day = day;
    account->day_used[0] = account->day_used[1] = 0;
    account->day_unsure = 0;
}

static void grow(struct key_account *account)
{
    uint32_t cap = account->cap ? account->cap * 2 : 4;
    struct use_entry *entries = xcalloc(cap, sizeof(entries[0]));
    for (uint32_t i = 0; i < account->count; i++)
        entries[i] = *entry_at(account, i);
    free(account->entries);
    account->entries = entries;
    account->cap = cap;
    account->first = 0;
}

/* The entry for a call at `now_ms`: the last one where calls are many (it moves to the later time, so
 * that it never leaves the window too early), else a new one. */
static struct use_entry *entry_for(struct key_account *account, int64_t now_ms)
{
    struct use_entry *last = account->count ? entry_at(account, account->count - 1) : NULL;
    if (last && now_ms < last->at_ms)
        now_ms = last->at_ms;
    bool share =
        last && (now_ms == last->at_ms || account->count >= ENTRIES_MAX ||
                 (account->count >= ENTRIES_EXACT && now_ms - last->at_ms < ENTRY_SPAN_MS));
    if (!share) {
        if (account->count == account->cap)
            grow(account);
        last = entry_at(account, account->count++);
        *last = (struct use_entry){0};
    }
    last->at_ms = now_ms;
    return last;
}

static int32_t clip(int64_t value)
{
    return value > INT32_MAX / 2 ? INT32_MAX / 2 : (int32_t)value;
}

/* Into the minute: a call at `at_ms`. */
static void book(struct key_account *account, int64_t at_ms, int64_t tokens)
{
    struct use_entry *entry = entry_for(account, at_ms);
    const int64_t amount[2] = {1, clip(tokens)};
    for (int which = 0; which < 2; which++) {
        entry->amount[which] = clip(entry->amount[which] + amount[which]);
        account->minute[which] += amount[which];
    }
}

void key_account_reserve(struct key_account *account, int64_t tokens,
                         const struct ledger_time *time)
{
    expire(account, time->now_ms);
    roll_day(account, time->day);
    if (!account->first_ms)
        account->first_ms = time->now_ms;
    book(account, time->now_ms, tokens);
    account->day_used[0]++;
    account->day_used[1] += clip(tokens);
}

void key_account_replay(struct key_account *account, int64_t at_ms, int64_t tokens,
                        const struct ledger_time *time)
{
    expire(account, time->now_ms);
    book(account, at_ms, tokens);
}

/* What was booked at `taken_ms`: the first entry not before it. NULL when it has left the window. */
static struct use_entry *entry_of(const struct key_account *account, int64_t taken_ms,
                                  int64_t now_ms)
{
    uint32_t index = 0;
    while (index < account->count && entry_at(account, index)->at_ms < taken_ms)
        index++;
    bool present = index < account->count && taken_ms + SLIDING_MS > now_ms;
    return present ? entry_at(account, index) : NULL;
}

static void amend(struct key_account *account, int64_t taken_ms, const int64_t delta[2],
                  const struct ledger_time *time)
{
    expire(account, time->now_ms);
    roll_day(account, time->day);
    struct use_entry *entry = entry_of(account, taken_ms, time->now_ms);
    bool today = clock_pacific_day(taken_ms) == time->day;
    for (int which = 0; which < 2; which++) {
        if (entry) {
            int64_t before = entry->amount[which];
            int64_t after = before + delta[which] < 0 ? 0 : clip(before + delta[which]);
            entry->amount[which] = (int32_t)after;
            int64_t less = entry->unsure[which] > after ? entry->unsure[which] - after : 0;
            entry->unsure[which] -= (int32_t)less;
            account->unsure[which] -= less;
            account->minute[which] += after - before;
        }
        if (today)
            account->day_used[which] += delta[which];
        if (account->day_used[which] < 0)
            account->day_used[which] = 0;
    }
}

void key_account_give_back(struct key_account *account, int64_t taken_ms, int64_t tokens,
                           const struct ledger_time *time)
{
    amend(account, taken_ms, (const int64_t[2]){-1, -clip(tokens)}, time);
}

void key_account_correct(struct key_account *account, int64_t taken_ms, int64_t delta,
                         const struct ledger_time *time)
{
    if (delta)
        amend(account, taken_ms, (const int64_t[2]){0, delta}, time);
}

void key_account_doubt(struct key_account *account, int64_t taken_ms, int64_t tokens,
                       const struct ledger_time *time)
{
    expire(account, time->now_ms);
    roll_day(account, time->day);
    struct use_entry *entry = entry_of(account, taken_ms, time->now_ms);
    const int64_t amount[2] = {1, clip(tokens)};
    for (int which = 0; entry && which < 2; which++) {
        int64_t sure = entry->amount[which] - entry->unsure[which];
        int64_t more = amount[which] < sure ? amount[which] : sure;
        entry->unsure[which] += (int32_t)more;
        account->unsure[which] += more;
    }
    account->day_unsure += clock_pacific_day(taken_ms) == time->day;
}

void key_account_doubt_no_more(struct key_account *account)
{
    for (uint32_t i = 0; i < account->count; i++)
        entry_at(account, i)->unsure[0] = entry_at(account, i)->unsure[1] = 0;
    account->unsure[0] = account->unsure[1] = 0;
    account->day_unsure = 0;
}

/* What both rings hold, in the order of time; the sums are kept by entry_for()'s rules. */
static void merge_entries(struct key_account *into, const struct key_account *from)
{
    struct key_account both = {0};
    uint32_t own = 0, other = 0;
    while (own < into->count || other < from->count) {
        bool first =
            other == from->count ||
            (own < into->count && entry_at(into, own)->at_ms <= entry_at(from, other)->at_ms);
        const struct use_entry *next = first ? entry_at(into, own++) : entry_at(from, other++);
        struct use_entry *entry = entry_for(&both, next->at_ms);
        for (int which = 0; which < 2; which++) {
            entry->amount[which] = clip((int64_t)entry->amount[which] + next->amount[which]);
            entry->unsure[which] = clip((int64_t)entry->unsure[which] + next->unsure[which]);
        }
    }
    free(into->entries);
    into->entries = both.entries;
    into->cap = both.cap;
    into->first = both.first;
    into->count = both.count;
    for (int which = 0; which < 2; which++) {
        into->minute[which] += from->minute[which];
        into->unsure[which] += from->unsure[which];
    }
}

void key_account_merge(struct key_account *into, struct key_account *from,
                       const struct ledger_time *time)
{
    expire(into, time->now_ms);
    expire(from, time->now_ms);
    roll_day(into, time->day);
    merge_entries(into, from);
    for (int which = 0; which < 2 && from->day == time->day; which++)
        into->day_used[which] += from->day_used[which];
    if (from->day == time->day)
        into->day_unsure += from->day_unsure;
    for (int which = 0; which < LIMIT_KIND_COUNT; which++)
        if (from->learned[which] > 0)
            into->learned[which] = from->learned[which];
    if (from->first_ms && (!into->first_ms || from->first_ms < into->first_ms))
        into->first_ms = from->first_ms;
    into->served_ms = from->served_ms > into->served_ms ? from->served_ms : into->served_ms;
    into->surplus += from->surplus;
    into->strangers[0] = into->strangers[1] = (struct stranger){0};
}

static int64_t foreign_minute(const struct key_account *account, int which, int64_t now_ms)
{
    bool fresh = account->foreign.told_ms + SLIDING_MS > now_ms;
    return fresh ? account->foreign.amount[which] : 0;
}

/* --- strangers ------------------------------------------------------------------------------- */

int64_t key_account_our_part(const struct key_account *account, enum limit_kind which,
                             int64_t limit, int64_t now_ms)
{
    if (which > LIMIT_TOKENS_MINUTE)
        return limit;
    const struct stranger *stranger = &account->strangers[which];
    int64_t age = now_ms - stranger->told_ms;
    if (stranger->amount <= 0 || age < 0 || age >= STRANGER_MS)
        return limit;
    int64_t part = limit - stranger->amount * (STRANGER_MS - age) / STRANGER_MS;
    return part > 0 ? part : 1;
}

void key_account_refused(struct key_account *account, enum limit_kind which, int64_t limit,
                         const struct ledger_call *call)
{
    bool counted = account->first_ms && account->first_ms + SLIDING_MS <= call->now_ms;
    if (which > LIMIT_TOKENS_MINUTE || limit <= 0 || !counted)
        return;
    expire(account, call->now_ms);
    int64_t used = account->minute[which] + foreign_minute(account, which, call->now_ms);
    int64_t need =
        which == LIMIT_TOKENS_MINUTE ? 2 * call->tokens : 1; /* an estimate may be far off */
    if ((used + need) * 4 <= limit * 3)
        account->strangers[which] = (struct stranger){call->now_ms, limit - used};
}

/* --- room ------------------------------------------------------------------------------------ */

struct question {
    struct key_account *account;
    const struct quota *quota;
    const struct ledger_time *time;
    struct room room;
    bool hopeless; /* something that cannot be doubted forbids it */
};

static void forbid(struct question *question, int64_t until_ms, uint8_t stretch)
{
    if (until_ms > question->room.wait_until_ms)
        question->room.wait_until_ms = until_ms;
    question->room.stretch |= stretch;
    question->hopeless |= stretch == 0;
}

/* What a minute holds, and what of it Google has perhaps not counted, or counted in the minute before. */
struct minute_use {
    int64_t used, unsure, edge;
};

static struct minute_use sliding_use(const struct key_account *account, int which, int64_t now_ms)
{
    return (struct minute_use){
        .used = account->minute[which] + foreign_minute(account, which, now_ms),
        .unsure = account->unsure[which],
    };
}

/* When `excess` of what the last minute holds will have left it. */
static int64_t sliding_return(const struct question *question, int which, int64_t excess)
{
    const struct key_account *account = question->account;
    int64_t foreign = foreign_minute(account, which, question->time->now_ms);
    for (uint32_t i = 0; i < account->count; i++) {
        const struct use_entry *entry = entry_at(account, i);
        if (foreign && account->foreign.told_ms <= entry->at_ms) {
            excess -= foreign;
            foreign = 0;
            if (excess <= 0)
                break;
        }
        excess -= entry->amount[which] - (question->quota->unsure_free ? entry->unsure[which] : 0);
        if (excess <= 0)
            return entry->at_ms + SLIDING_MS;
    }
    return account->foreign.told_ms + SLIDING_MS;
}

static int64_t fixed_start(int64_t now_ms)
{
    int64_t shifted = now_ms - FIXED_MARGIN_MS;
    return shifted - shifted % MINUTE_MS;
}

static struct minute_use fixed_use(const struct key_account *account, int which, int64_t now_ms)
{
    int64_t start = fixed_start(now_ms);
    struct minute_use use = {0};
    if (account->foreign.told_ms >= start)
        use.used = foreign_minute(account, which, now_ms);
    for (uint32_t i = account->count; i > 0; i--) {
        const struct use_entry *entry = entry_at(account, i - 1);
        if (entry->at_ms < start - FIXED_MARGIN_MS)
            break;
        use.used += entry->amount[which];
        use.unsure += entry->unsure[which];
        if (entry->at_ms < start + FIXED_MARGIN_MS)
            use.edge += entry->amount[which];
    }
    return use;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool key_account_slides(const struct key_account *account, enum limit_kind which, int64_t limit,
                        const struct ledger_call *call)
{
    if (which > LIMIT_TOKENS_MINUTE || limit <= 0 || call->taken_ms < fixed_start(call->now_ms))
        return false;
    int64_t used = fixed_use(account, which, call->now_ms).used;
    if (which == LIMIT_REQUESTS_MINUTE)
        return used + 1 <= limit;
    return (used + 2 * call->tokens) * 10 <= limit * 8; /* an estimate may be far off */
}

bool key_account_slid_full(const struct key_account *account, enum limit_kind which, int64_t limit,
                           const struct ledger_call *call)
{
    if (which > LIMIT_TOKENS_MINUTE || limit <= 0)
        return false;
    int64_t need = which == LIMIT_TOKENS_MINUTE ? call->tokens : 1;
    return sliding_use(account, which, call->now_ms).used + need > limit;
}

/* What to doubt so that `excess` tokens or requests would fit; 0: nothing will do. `telling`: there is no
 * room for some time unless the doubt is right, so that what comes back shows whether it is. */
static uint8_t minute_doubt(const struct quota *quota, int which, const struct minute_use *use,
                            int64_t excess, bool telling)
{
    if (quota->unsure_open && !quota->unsure_free && excess <= use->unsure)
        return telling ? STRETCH_UNSURE : STRETCH_EDGE;
    if (excess <= use->edge)
        return STRETCH_EDGE;
    return (uint8_t)(quota->guessed & (1u << which));
}

/* Nobody of the project could be served, however its minutes run. */
static bool is_full_for_sure(const struct question *question, int which,
                             const struct minute_use *stands, int64_t until_ms)
{
    int64_t whole = question->quota->whole[which];
    return which == LIMIT_REQUESTS_MINUTE && whole > 0 &&
           stands->used - stands->edge - stands->unsure - question->quota->kin_unheard >= whole &&
           until_ms > question->time->now_ms + 2 * TELLING_MS;
}

static bool is_quiet(const struct key_account *account, int64_t now_ms)
{
    return !account->count || entry_at(account, account->count - 1)->at_ms + TELLING_MS <= now_ms;
}

static void ask_minute(struct question *question, int which, int64_t need)
{
    const struct quota *quota = question->quota;
    const struct key_account *account = question->account;
    int64_t limit = quota->limit[which];
    int64_t now_ms = question->time->now_ms;
    if (limit <= 0)
        return;
    need = need > limit ? limit : need; /* a call above the limit goes into an empty minute */
    bool guess = quota->guessed & (1u << which);
    struct minute_use slides = sliding_use(account, which, now_ms);
    int64_t sliding = slides.used - (quota->unsure_free ? slides.unsure : 0) + need - limit;
    if (sliding <= 0) /* fixed minutes hold no more than sliding ones */
        return;
    struct minute_use stands = fixed_use(account, which, now_ms);
    int64_t fixed = stands.used - (quota->unsure_free ? stands.unsure : 0) + need - limit;
    bool by_fixed = quota->window == WINDOW_FIXED;
    if (by_fixed && fixed <= 0)
        return;
    int64_t until = by_fixed ? fixed_start(now_ms) + MINUTE_MS + FIXED_MARGIN_MS
                             : sliding_return(question, which, sliding);
    if (which == LIMIT_TOKENS_MINUTE && (by_fixed ? fixed : sliding) <= account->surplus)
        until = sooner(until, now_ms + SURPLUS_LOOK_MS);
    bool telling = until > now_ms + TELLING_MS;
    bool test = !guess && !by_fixed && quota->window_open && fixed <= 0 && telling &&
                is_quiet(account, now_ms);
    if (which == LIMIT_TOKENS_MINUTE) /* estimates: only what leaves no doubt is worth a test */
        test = test && fixed + need <= 0 && 4 * sliding >= 3 * need;
    uint8_t doubt = test ? STRETCH_WINDOW
                         : minute_doubt(quota, which, by_fixed ? &stands : &slides,
                                        by_fixed ? fixed : sliding, telling);
    if (!doubt && quota->kin_open && is_full_for_sure(question, which, &stands, until))
        doubt = STRETCH_KIN;
    /* a person's word is not put to the test */
    forbid(question, until, quota->capped & (1u << which) ? 0 : doubt);
}

static int64_t day_total(const struct key_account *account, int which, int64_t day)
{
    int64_t own = account->day == day ? account->day_used[which] : 0;
    int64_t foreign =
        account->foreign.day == day ? account->foreign.amount[LIMIT_REQUESTS_DAY + which] : 0;
    return own + foreign;
}

static void ask_day(struct question *question, int which, int64_t need)
{
    const struct quota *quota = question->quota;
    const struct key_account *account = question->account;
    int64_t limit = quota->limit[LIMIT_REQUESTS_DAY + which];
    if (limit <= 0)
        return;
    need = need > limit ? limit : need;
    int64_t total = day_total(account, which, question->time->day) + need;
    int64_t unsure = which == 0 && account->day == question->time->day ? account->day_unsure : 0;
    if (total - (quota->unsure_free ? unsure : 0) <= limit)
        return;
    uint8_t bit = (uint8_t)(1u << (LIMIT_REQUESTS_DAY + which));
    uint8_t stretch = quota->guessed & bit;
    if (quota->unsure_open && total - unsure <= limit && !(quota->capped & bit))
        stretch = STRETCH_UNSURE;
    int64_t whole = quota->whole[LIMIT_REQUESTS_DAY + which];
    if (!stretch && quota->kin_open && which == 0 && whole > 0 &&
        total - need - unsure - quota->kin_unheard >= whole)
        stretch = quota->capped & bit ? 0 : STRETCH_KIN;
    forbid(question, question->time->day_return_ms, stretch);
}

struct room key_account_room(struct key_account *account, const struct quota *quota, int64_t tokens,
                             const struct ledger_time *time)
{
    struct question question = {.account = account, .quota = quota, .time = time};
    expire(account, time->now_ms);
    const int64_t need[2] = {1, tokens > 0 ? tokens : 1};
    for (int which = 0; which < 2; which++) {
        ask_minute(&question, which, need[which]);
        ask_day(&question, which, need[which]);
    }
    if (question.hopeless)
        question.room.stretch = 0;
    if (question.room.wait_until_ms && question.room.wait_until_ms <= time->now_ms)
        question.room.wait_until_ms = time->now_ms + 1;
    return question.room;
}

void key_account_use(struct key_account *account, const struct ledger_time *time,
                     int64_t use_r[LIMIT_KIND_COUNT])
{
    expire(account, time->now_ms);
    for (int which = 0; which < 2; which++) {
        use_r[which] = account->minute[which] + foreign_minute(account, which, time->now_ms);
        use_r[LIMIT_REQUESTS_DAY + which] = day_total(account, which, time->day);
    }
}

int64_t key_account_clock_use(struct key_account *account, enum limit_kind which, int64_t now_ms)
{
    expire(account, now_ms);
    struct minute_use use = fixed_use(account, which, now_ms);
    return use.used - use.edge;
}
