"""Everything that is kept: each SQL statement beside the function that runs it, and the PostgreSQL of our own."""
