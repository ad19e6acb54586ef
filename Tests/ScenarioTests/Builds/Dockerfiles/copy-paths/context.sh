mkdir -p abs/sub; echo f > abs/f; echo h > abs/sub/h
