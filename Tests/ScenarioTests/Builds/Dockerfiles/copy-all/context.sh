mkdir -p src/lib .git/objects .config; echo m > src/main.c; echo l > src/lib/l.c; echo x > src/x.log; echo h > .git/HEAD; echo c > .config/c; echo e > .env; chmod 640 src/main.c
