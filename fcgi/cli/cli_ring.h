/* The pool as gbctl looks at it: loaded from the store, nothing shared, nothing kept running. */
#ifndef CLI_CLI_RING_H
#define CLI_CLI_RING_H

#include "cli/cli.h"
#include "keyring/keyring.h"

struct cli_ring {
    struct journal *journal;
    struct keyring *keyring;
};

int cli_ring_open(struct cli_ring *ring, struct cli *cli, struct err *err);
void cli_ring_close(struct cli_ring *ring);

#endif
