"""Charts: estimates in rows, values in cells, counts and checks."""
