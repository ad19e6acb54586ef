mkdir -p tree/etc/conf.d tree/bin tree/usr/local/share; cp /dev/null tree/etc/passwd; echo n > tree/bin/new; echo c > tree/etc/conf.d/c; echo s > tree/usr/local/share/s; chmod 700 tree/etc tree/usr/local
mkdir -p in/srv/site; echo i > in/srv/site/i; chmod 711 in/srv; tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@981173106 -C in -cf inner.tar srv; rm -r in
