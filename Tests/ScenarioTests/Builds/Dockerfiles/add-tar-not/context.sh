echo not a tar > broken.tar; echo text | gzip -n > text.gz; mkdir dir; echo x > dir/f; tar -cf dir/inner.tar dir/f; : > empty.tar
