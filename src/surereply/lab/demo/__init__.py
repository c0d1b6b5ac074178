"""`surereply demo`: customers talk in three flows while everything fails, and a table says what held."""
