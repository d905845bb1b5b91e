#ifndef SIM_SCENARIOS_H
#define SIM_SCENARIOS_H

#include "sim.h"

int sim_scenario_count(void);
/* Another seed is other traffic, other clocks, another season: 0 is the row as it stands. */
void sim_scenario_fill(struct sim_scenario *scenario_r, int index, int seed);

#endif
