mkdir in; echo p > in/f; tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@981173106 -cf local.tar in; rm -r in
