-- Sums that only grow, for whoever measures over time: attempts by verdict rule ("rule.NAME"), and how
-- long requests took ("first.250": first tokens within so many milliseconds and not within less;
-- "first.inf"; "first.sum"; "whole." the same for answers that succeeded).
CREATE TABLE tallies (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
