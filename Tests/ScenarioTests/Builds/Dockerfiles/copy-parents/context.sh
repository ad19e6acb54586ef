mkdir -p a/b src/lib src/inc; echo f > a/b/f; echo g > a/g; echo x > src/lib/x.c; echo h > src/inc/y.h; echo m > m.md; echo n > a/b/n.md; chmod 711 a/b
