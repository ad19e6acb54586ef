mkdir -p tree/sub; echo a > tree/a; ln tree/a tree/b; ln tree/a tree/sub/c; echo l > tree/lone
