echo not a tar > broken.tar; echo text | gzip -n > text.gz; mkdir dir; echo x > dir/f; tar --owner=0 --group=0 --numeric-owner --mtime=@981173106 -cf dir/inner.tar dir/f; : > empty.tar
