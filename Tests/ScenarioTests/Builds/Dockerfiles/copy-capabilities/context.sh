mkdir tree; echo x > tree/program; chmod 755 tree/program
python3 -c 'import os, struct; os.setxattr("tree/program", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0))'
