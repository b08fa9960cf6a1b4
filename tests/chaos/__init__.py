"""Two real processes on one store, with all that can go wrong around them: what was lost, what came twice."""
