#ifndef SIM_SCENARIOS_H
#define SIM_SCENARIOS_H

#include "sim.h"

int sim_scenario_count(void);
void sim_scenario_fill(struct sim_scenario *scenario_r, int index);

#endif
