mkdir -p src/lib/deep docs private; echo m > src/main.c; echo l > src/lib/l.c; echo d > src/lib/deep/d.c
ln -s main.c src/link; ln -s lib src/dirlink; ln -s src/main.c top; echo r > README; echo x > docs/x.md
chmod 600 src/lib/l.c; chmod 711 private; chmod 1777 docs; touch private/k; echo run > run.sh; chmod 755 run.sh
