mkdir -p tree/dir/deep; echo f > tree/dir/deep/f; echo a > tree/a; ln -s dir tree/dirlink; ln -s a tree/filelink; ln -s dir/deep tree/deeplink
