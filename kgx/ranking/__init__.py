"""In which order what is found comes: by vectors, by words, by what the knowledge graph says of both."""
