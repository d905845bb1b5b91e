#include "pool/key_source.h"

#include <string.h>

#include "base/crypto.h"

void key_grant_wipe(struct key_grant *grant)
{
    secret_wipe(grant->secret, sizeof(grant->secret));
    memset(grant->proxy, 0, sizeof(grant->proxy)); /* may hold a password */
    grant->lease = (struct key_lease){0};
}
