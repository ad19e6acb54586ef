mkdir -p tree/sticky tree/sgid-dir tree/closed; for f in suid sgid plain none; do echo $f > tree/$f; done
chmod 4755 tree/suid; chmod 2755 tree/sgid; chmod 0 tree/none; chmod 1777 tree/sticky; chmod 2770 tree/sgid-dir; chmod 500 tree/closed; chmod 666 tree/plain
