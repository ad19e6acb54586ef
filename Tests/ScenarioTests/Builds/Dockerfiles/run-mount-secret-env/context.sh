printf value > token
