echo f > file; chown 3:4 file; mkdir -p tree/sub; echo t > tree/sub/f; ln -s sub tree/dirlink; ln -s sub/f tree/link; echo l > link-target
chown -h 100:100 tree tree/sub tree/sub/f tree/link
