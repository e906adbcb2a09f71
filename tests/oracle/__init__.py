"""The literal twin of the compiled engine: the rules of the model as plainly as SimPy can say them.

One SimPy process for each person, one for each desk, one for each team and each unit's courts, and one for management
(records, reviews, staff). It is slow and short on purpose: read it as the definition of the rules, in this order.

- `rules`: the clock of the run, and everything that does not change in it, by name;
- `spans`: rules of release and end, and the weeks in which they are in force;
- `lives`: what happens to a person, from the start of the sentence to its end, and who is there at the start;
- `people`: the process of a person: sentence events, and the work that falls due;
- `desks`: the process of a desk: what a week of an officer's time does to waiting work;
- `teams`: delivery units and teams: who takes a case, where work goes, what happens when an officer leaves;
- `force`: members of staff: leaving, moving, recruitment, training;
- `books`: what is written down each month;
- `twin`: the run.

Draws are keyed as in `capacity_sim.streams`, so that the twin and the engine live the same lives, to the event.
"""
