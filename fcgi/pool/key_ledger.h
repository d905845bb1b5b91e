/* What is known of the use of one quota: Google counts per project (here: per key, until the project is
 * known) and model. Pure bookkeeping, no choice.
 *
 *   key_account   requests and tokens of the last minute and of the Pacific day, what other processes
 *                 and strangers used besides, and what 429s taught about limits. Shared by the keys of a
 *                 project.
 *   quota         the limits in force for one account, and which of them are guesses.
 *   room          whether a call fits now, else when it will, and what one would have to doubt for it
 *                 to fit.
 *
 * Google does not say whether its minutes slide or begin with the clock's. An account is taken to slide
 * (which overruns neither kind) until its calls have shown that its minutes are fixed, or a refusal has
 * told so; calls that show the contrary count for more than what was told. */
#ifndef POOL_KEY_LEDGER_H
#define POOL_KEY_LEDGER_H

#include <stdbool.h>

#include "pool/key_pool.h"

enum window_kind { WINDOW_UNKNOWN, WINDOW_SLIDING, WINDOW_FIXED };

/* What a lent call puts to the test: bits 0 to 3 are the limit kinds that are guesses. */
enum stretch {
    STRETCH_LIMITS = 0x0f,
    STRETCH_WINDOW = 0x10,
    STRETCH_UNSURE = 0x20,
    STRETCH_KIN = 0x80, /* that the key is of the project which it seems to be of */
    STRETCH_EDGE = 0x40 /* Google counts a call near a minute's boundary in the one before, or there
                         * is room a moment sooner than we think; nothing is learned of it */
};

struct quota {
    int64_t limit[LIMIT_KIND_COUNT]; /* what we may use; 0: unknown */
    int64_t whole[LIMIT_KIND_COUNT]; /* Google's number, strangers' part included */
    uint8_t guessed;                 /* bit per kind */
    uint8_t capped;                  /* bit per kind: a person's own limit is the smaller one */
    enum window_kind window;         /* how its minutes run */
    bool window_open;                /* that is an assumption which may be tested */
    bool unsure_free;                /* calls that failed do not count ... */
    bool unsure_open;                /* ... which may be tested */
    bool kin_open;                   /* that others share it is a guess which may be tested ... */
    int64_t kin_unheard; /* ... and so many calls that are booked may come back refused */
};

/* The moment of a question or a change. */
struct ledger_time {
    int64_t now_ms;
    int64_t day;           /* Pacific */
    int64_t day_return_ms; /* when a key whose day is used up may serve again */
};

struct use_entry {
    int64_t at_ms;
    int32_t amount[2]; /* requests, tokens: LIMIT_REQUESTS_MINUTE and LIMIT_TOKENS_MINUTE */
    int32_t unsure[2]; /* of that: calls that failed, which Google has perhaps not counted */
};

struct foreign_use {
    int64_t told_ms;
    int64_t day;
    int64_t amount[LIMIT_KIND_COUNT];
};

/* What somebody unknown (another program, another key of the same project) seems to take of a minute:
 * a refusal came although we had used less than the limit. Believed less and less with time. */
struct stranger {
    int64_t told_ms;
    int64_t amount;
};

struct key_account {
    uint32_t holders; /* keys of the project that share it */
    /* A ring of what was sent in the last minute, oldest first. */
    struct use_entry *entries;
    uint32_t cap, first, count;
    int64_t minute[2]; /* sums over the ring ... */
    int64_t unsure[2]; /* ... and of what is unsure in it */
    int64_t surplus;   /* tokens that calls under way will likely give back */
    int64_t day;       /* which day the next three count */
    int64_t day_used[2];
    int64_t day_unsure; /* of those requests: failed, as above */
    int64_t first_ms;   /* when we began to count */
    int64_t served_ms;  /* when the last call was lent that was served */
    struct foreign_use foreign;
    struct stranger strangers[2];
    int64_t learned[LIMIT_KIND_COUNT];
    int64_t learned_ms;
    uint8_t in_store;  /* bit per kind: the last walk over what the store knows had it */
    uint8_t beyond;    /* bit per kind: calls have gone beyond what is guessed from other keys */
    uint8_t window;    /* enum window_kind: what its calls have shown ... */
    int64_t window_ms; /* ... and when they last did */
    bool told_fixed;   /* a refusal told to come back when a minute of the clock begins */
};

struct room {
    int64_t wait_until_ms; /* 0: the call fits now */
    uint8_t stretch;       /* when it does not: what to doubt so that it fits; 0: it cannot */
};

void key_account_free(struct key_account *account);
/* Books a call that is about to be sent. */
void key_account_reserve(struct key_account *account, int64_t tokens,
                         const struct ledger_time *time);
/* Books one that another process sent at `at_ms`, of whose day something else tells. */
void key_account_replay(struct key_account *account, int64_t at_ms, int64_t tokens,
                        const struct ledger_time *time);
/* Takes back a call booked at `taken_ms` that Google did not count. */
void key_account_give_back(struct key_account *account, int64_t taken_ms, int64_t tokens,
                           const struct ledger_time *time);
/* Corrects the tokens of a call booked at `taken_ms` by `delta`. */
void key_account_correct(struct key_account *account, int64_t taken_ms, int64_t delta,
                         const struct ledger_time *time);
/* Notes that the call booked at `taken_ms` failed, so that Google has perhaps not counted it. */
void key_account_doubt(struct key_account *account, int64_t taken_ms, int64_t tokens,
                       const struct ledger_time *time);
/* Google counts failed calls, as it turned out: those of this account are no longer unsure. */
void key_account_doubt_no_more(struct key_account *account);
/* Adds all that `from` knows, when two keys turn out to share a project. */
void key_account_merge(struct key_account *into, struct key_account *from,
                       const struct ledger_time *time);

struct room key_account_room(struct key_account *account, const struct quota *quota, int64_t tokens,
                             const struct ledger_time *time);
/* A call, already given back, that was refused. */
struct ledger_call {
    int64_t taken_ms;
    int64_t tokens;
    int64_t now_ms;
};
/* Notes that a minute limit of `limit` was used up although not by us. */
void key_account_refused(struct key_account *account, enum limit_kind which, int64_t limit,
                         const struct ledger_call *call);
/* Whether that refusal shows that minutes slide: a fixed one would have had room. */
bool key_account_slides(const struct key_account *account, enum limit_kind which, int64_t limit,
                        const struct ledger_call *call);
/* Whether there would have been no room for it if minutes slide. */
bool key_account_slid_full(const struct key_account *account, enum limit_kind which, int64_t limit,
                           const struct ledger_call *call);
/* What of a minute limit is left to us, as far as is known. */
int64_t key_account_our_part(const struct key_account *account, enum limit_kind which,
                             int64_t limit, int64_t now_ms);
/* Use of the minute of the clock, as far as it is surely in it. */
int64_t key_account_clock_use(struct key_account *account, enum limit_kind which, int64_t now_ms);
/* Use of the present minute and day, other processes' included. */
void key_account_use(struct key_account *account, const struct ledger_time *time,
                     int64_t use_r[LIMIT_KIND_COUNT]);

#endif
