mkdir in; echo p > in/f; tar --sort=name --owner=1 --group=1 --numeric-owner --mtime=@981173106 -cf some.tar in; rm -r in; echo f > file
