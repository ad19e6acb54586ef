mkdir -p src/a/deep; echo 1 > src/1.c; echo 2 > src/a/2.c; echo 3 > src/a/deep/3.c; echo h > src/a/x.h
