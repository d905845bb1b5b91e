-- Indexes that no question needs, each a good part of what it costs to write a row: nobody asks for
-- the attempts of a rule, and those of a time are found by their requests' numbers, which grow with it.
DROP INDEX attempts_by_rule;
DROP INDEX attempts_by_time;
