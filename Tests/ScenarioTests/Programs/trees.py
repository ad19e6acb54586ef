"""Reads container images from disk, independently of Trice: applies their layers and tells what is in them.

Understands OCI image layouts (`trice image save --format directory`) and what `buildah push … dir:` writes. `listing`
gives one line per path:

    file 0644 0:0 "text" @mtime xattr:NAME=HEX      size and sha256 instead of a text that is long or binary
    dir 1777 0:0
    link 0777 0:0 -> target
    hard to /the/first/path/of/the/group
    char 0600 0:0 1:3

mtimes are shown where they come from a context: those before 2015.
"""

import gzip
import hashlib
import json
import os
import tarfile
import threading

OLD = 1420070400  # 2015-01-01: files of contexts are older, what a step makes is younger


class Node:
    """One inode; hard links share it."""

    def __init__(self, kind, header=None, data=None):
        self.kind = kind
        self.mode = header.mode & 0o7777 if header else 0o755
        self.owner = (header.uid, header.gid) if header else (0, 0)
        self.target = header.linkname if header and header.issym() else None
        self.device = (header.devmajor, header.devminor) if kind in ("char", "block") else None
        self.mtime = header.mtime if header else None
        self.content = data
        self.xattrs = {}
        for key, value in (header.pax_headers if header else {}).items():
            if key.startswith("SCHILY.xattr."):
                self.xattrs[key[len("SCHILY.xattr."):]] = value.encode("utf-8", "surrogateescape").hex()

    def text(self):
        words = [self.kind, "%04o" % self.mode, "%d:%d" % self.owner]
        if self.content is not None:
            words.append(self.content)
        if self.target is not None:
            words.append("-> " + self.target)
        if self.device:
            words.append("%d:%d" % self.device)
        if self.kind == "file" and self.mtime is not None and self.mtime < OLD:
            words.append("@%d" % self.mtime)
        words += ["xattr:%s=%s" % pair for pair in sorted(self.xattrs.items())]
        return " ".join(words)


def describe(data):
    """The content of a file: itself when it is short text, otherwise its size and digest."""
    try:
        text = data.decode("utf-8")
        if len(data) <= 200 and all(c.isprintable() or c in "\n\t\r" for c in text):
            return json.dumps(text, ensure_ascii=False)
    except UnicodeDecodeError:
        pass
    return "%d bytes sha256:%s" % (len(data), hashlib.sha256(data).hexdigest()[:16])


_kinds = {
    tarfile.REGTYPE: "file", tarfile.AREGTYPE: "file", tarfile.CONTTYPE: "file", tarfile.GNUTYPE_SPARSE: "file",
    tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "hard", tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block", tarfile.FIFOTYPE: "fifo",
}
_layers = {}
_lock = threading.Lock()


def read_layer(path):
    """The entries of a layer as (path, node or path that a hard link names); kept, since bases come again and again."""
    key = os.path.basename(path)
    with _lock:
        if key in _layers:
            return _layers[key]
    entries = []
    with open(path, "rb") as file:
        magic = file.read(2)
        file.seek(0)
        stream = gzip.open(file) if magic == b"\x1f\x8b" else file
        with tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape") as archive:
            for header in archive:
                name = normal(header.name)
                kind = _kinds[header.type]
                if kind == "hard":
                    entries.append((name, normal(header.linkname)))
                else:
                    data = describe(archive.extractfile(header).read()) if kind == "file" else None
                    entries.append((name, Node(kind, header, data)))
    with _lock:
        _layers[key] = entries
    return entries


def normal(name):
    return os.path.normpath("/" + name).replace("//", "/")


def apply(tree, entries):
    """Puts a layer onto a tree (path to node), as the OCI image specification says."""
    def remove(path, itself=True):
        prefix = path.rstrip("/") + "/"
        for other in [p for p in tree if p.startswith(prefix) and p != path]:
            del tree[other]
        if itself:
            tree.pop(path, None)

    # Whiteouts hide what is below this layer, wherever they stand in it.
    for path, _ in entries:
        directory, name = os.path.split(path)
        if name == ".wh..wh..opq":
            remove(directory, itself=False)
        elif name.startswith(".wh."):
            remove(os.path.join(directory, name[4:]))
    for path, node in entries:
        if os.path.basename(path).startswith(".wh."):
            continue
        parent = os.path.dirname(path)
        while parent not in tree:
            tree[parent] = Node("dir")
            parent = os.path.dirname(parent)
        if isinstance(node, str):
            node = tree[node]
        old = tree.get(path)
        if old and not (old.kind == "dir" and node.kind == "dir"):
            remove(path)
        tree[path] = node


def listing(tree):
    """What each path is, in words."""
    first, lines = {}, {}
    for path in sorted(tree):
        node = tree[path]
        if node.kind != "dir" and id(node) in first:
            lines[path] = "hard to " + first[id(node)]
        else:
            first[id(node)] = path
            lines[path] = node.text()
    return lines


class Image:
    """An image on disk: `tree` is what its layers make, `configuration` the document as it is."""

    def __init__(self, layers, configuration):
        self.configuration = configuration
        self.tree = {"/": Node("dir")}
        for layer in layers:
            apply(self.tree, read_layer(layer))

    @classmethod
    def from_layout(cls, directory):
        def blob(descriptor):
            return os.path.join(directory, "blobs", *descriptor["digest"].split(":"))

        index = read_json(os.path.join(directory, "index.json"))
        manifest = read_json(blob(index["manifests"][0]))
        return cls([blob(layer) for layer in manifest["layers"]], read_json(blob(manifest["config"])))

    @classmethod
    def from_directory(cls, directory):
        def blob(descriptor):
            return os.path.join(directory, descriptor["digest"].split(":")[1])

        manifest = read_json(os.path.join(directory, "manifest.json"))
        return cls([blob(layer) for layer in manifest["layers"]], read_json(blob(manifest["config"])))

    def listing(self):
        return listing(self.tree)

    def settings(self):
        """How the image is run, each key as JSON; a key that says nothing is left out."""
        inner = self.configuration.get("config") or {}
        keys = [
            "User", "Env", "Entrypoint", "Cmd", "WorkingDir", "Labels", "ExposedPorts", "Volumes", "StopSignal", "Shell",
            "Healthcheck", "OnBuild",
        ]
        values = {key: inner.get(key) for key in keys}
        values.update({key: self.configuration.get(key) for key in ("architecture", "os", "author")})
        return {k: json.dumps(v, sort_keys=True, ensure_ascii=False) for k, v in values.items() if v}


def read_json(path):
    with open(path) as file:
        return json.load(file)
