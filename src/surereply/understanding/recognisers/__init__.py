"""One recogniser a type: words in, typed candidates with their place out."""
