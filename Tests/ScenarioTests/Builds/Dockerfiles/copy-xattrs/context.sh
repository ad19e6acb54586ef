mkdir -p tree/d; echo f > tree/f; echo g > tree/d/g
python3 -c 'import os; os.setxattr("tree/f", "user.colour", b"blue"); os.setxattr("tree/d", "user.dir", b"\1\2"); os.setxattr("tree/d/g", "user.empty", b"")'
