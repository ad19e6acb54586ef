echo f > file; ln -s file link; mkdir -p tree/sub; echo g > tree/sub/g; ln -s sub/g tree/l; chmod 4755 tree/sub/g
