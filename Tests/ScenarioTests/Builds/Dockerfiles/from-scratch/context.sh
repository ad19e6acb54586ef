echo f > f; chmod 755 f
