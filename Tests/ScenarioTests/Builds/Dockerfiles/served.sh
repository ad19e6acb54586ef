# The files that cases ADD from a web server, made in its empty directory.
printf 'over the web\n' > file.txt
mkdir inner; printf 'packed\n' > inner/packed
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@981173106 -cf remote.tar inner
touch -d @981173106 file.txt remote.tar inner
