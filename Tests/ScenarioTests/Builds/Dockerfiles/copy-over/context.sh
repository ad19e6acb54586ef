mkdir -p dir/sub dir/more; echo new > dir/sub/file; echo m > dir/more/m; chmod 711 dir dir/sub; echo b > file; echo c > other; chmod 755 other; echo l > dir/l
