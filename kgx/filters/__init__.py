"""What may be found: conditions on metadata and on the graph, met before anything is ranked."""
