"""What the tests stand on: the server, the client's surroundings, a faulty network, and the list of capabilities."""
