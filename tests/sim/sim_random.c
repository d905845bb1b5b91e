/* The simulator's randomness: the same everywhere for the same seed. */
#include "sim.h"

uint64_t sim_random(uint64_t *state)
{
    uint64_t value = (*state += 0x9e3779b97f4a7c15u);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

double sim_uniform(uint64_t *state)
{
    return (double)(sim_random(state) >> 11) * 0x1p-53;
}
