mkdir -p extra/sub; echo f > extra/sub/f; echo t > extra/top; chmod 600 extra/top
