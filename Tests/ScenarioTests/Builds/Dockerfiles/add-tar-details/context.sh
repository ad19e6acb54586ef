cat > make.py <<'P'
import io, tarfile
archive = tarfile.open("all.tar", "w", format=tarfile.PAX_FORMAT)
def add(name, kind=tarfile.REGTYPE, mode=0o644, owner=(0, 0), data=b"", **more):
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size, entry.mtime = kind, mode, len(data), 981173106
    entry.uid, entry.gid = owner
    for key, value in more.items():
        setattr(entry, key, value)
    archive.addfile(entry, io.BytesIO(data))
add("in", tarfile.DIRTYPE, 0o750, (7, 8))
add("in/file", mode=0o4755, owner=(1, 2), data=b"new\n")
add("in/hard", tarfile.LNKTYPE, 0o4755, (1, 2), linkname="in/file")
add("in/link", tarfile.SYMTYPE, linkname="/absolute", mode=0o777)
add("in/pipe", tarfile.FIFOTYPE, 0o600)
add("in/old", tarfile.DIRTYPE, 0o1777)
add("./dotted/name", data=b"d\n")
add("implicit/parent/file", data=b"i\n", owner=(3, 3))
add("in/attr", data=b"a\n", pax_headers={"SCHILY.xattr.user.colour": "green"})
archive.close()
P
python3 make.py; rm make.py
