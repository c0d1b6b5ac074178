"""What a person may do: a file an act, one transaction each."""
