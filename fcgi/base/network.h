/* Addresses and networks as settings name them: "10.1.2.3", "10.0.0.0/8", "fd00::/8". */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `address` lies in one of the networks. IPv4 addresses written as IPv6 (::ffff:10.0.0.1) count
 * as IPv4; a network that cannot be read holds nobody. */
bool network_any_has(char *const *networks, size_t count, const char *address);

#endif
