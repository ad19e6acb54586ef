mkdir -p tree/b; echo a > tree/a; echo bf > tree/b/f; chmod 711 tree/b; ln -s a tree/link
