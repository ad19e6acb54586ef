"""Makes an OCI image layout from a description in JSON on standard input, and prints the digest of each tag's document.

{"directory": DIR, "images": [{"tag": TAG, "platforms": [{"os": OS, "architecture": ARCH}, ...], "layers": [LAYER, ...],
 "labels": {NAME: VALUE}, "isIndex": BOOL}]}
LAYER: {"files": {PATH: TEXT}, "busybox": BOOL, "noise": BYTES, "compression": "gzip" | "none"}

More than one platform, or `isIndex`, makes an index. `busybox` puts the host's static busybox and links to it in.
`noise` adds a file of bytes that do not compress. In a file's text PLATFORM stands for the architecture.
"""
import gzip, hashlib, io, json, os, random, shutil, subprocess, sys, tarfile

APPLETS = ["sh", "cat", "echo", "ls", "sleep", "true", "touch", "rm", "mkdir", "httpd", "wget", "chmod", "test"]
PREFIX = "application/vnd.oci.image."


class Layout:
    def __init__(self, directory):
        self.directory = directory
        os.makedirs(f"{directory}/blobs/sha256", exist_ok=True)
        with open(f"{directory}/oci-layout", "w") as marker:
            marker.write('{"imageLayoutVersion":"1.0.0"}')

    def add(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{self.directory}/blobs/sha256/{digest}", "wb") as blob:
            blob.write(data)
        return {"mediaType": PREFIX + media_type, "digest": "sha256:" + digest, "size": len(data)}

    def add_json(self, media_type, value):
        return self.add(media_type, json.dumps(value, sort_keys=True).encode())


def add_file(archive, path, data, mode=0o644):
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode, entry.mtime = len(data), mode, 1700000000
    archive.addfile(entry, io.BytesIO(data))


def add_busybox(archive):
    with open(shutil.which("busybox") or "/bin/busybox", "rb") as program:
        add_file(archive, "bin/busybox", program.read(), 0o755)
    for applet in APPLETS:
        entry = tarfile.TarInfo(f"bin/{applet}")
        entry.type, entry.linkname, entry.mtime = tarfile.SYMTYPE, "busybox", 1700000000
        archive.addfile(entry)
    for name in ["proc", "sys", "dev", "tmp", "etc"]:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, 1700000000
        archive.addfile(entry)


def tar(layer, architecture):
    bytes_ = io.BytesIO()
    with tarfile.open(fileobj=bytes_, mode="w", format=tarfile.PAX_FORMAT) as archive:
        if layer.get("busybox"):
            add_busybox(archive)
        for path, text in sorted(layer.get("files", {}).items()):
            add_file(archive, path, text.replace("PLATFORM", architecture).encode())
        if layer.get("noise"):
            # The same number of bytes are the same bytes: images that share a layer have the same blob.
            add_file(archive, f"noise-{layer['noise']}", random.Random(layer["noise"]).randbytes(layer["noise"]))
    return bytes_.getvalue()


def manifest(layout, image, platform):
    layers, diff_ids = [], []
    for layer in image["layers"]:
        data = tar(layer, platform["architecture"])
        diff_ids.append("sha256:" + hashlib.sha256(data).hexdigest())
        if layer.get("compression", "gzip") == "gzip":
            layers.append(layout.add("layer.v1.tar+gzip", gzip.compress(data, 1, mtime=0)))
        else:
            layers.append(layout.add("layer.v1.tar", data))
    configuration = layout.add_json("config.v1+json", {
        **platform, "created": "2024-05-01T10:00:00Z", "author": "a tester",
        "config": {"Cmd": ["sh"], "Env": ["PATH=/bin", "FLAVOUR=plain"], "Labels": image.get("labels") or {}},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created": "2024-05-01T10:00:00Z", "created_by": f"step {number}"}
                    for number in range(1, len(layers) + 1)],
    })
    document = {"schemaVersion": 2, "mediaType": PREFIX + "manifest.v1+json", "config": configuration, "layers": layers}
    return layout.add_json("manifest.v1+json", document)


request = json.load(sys.stdin)
layout = Layout(request["directory"])
entries, digests = [], {}
for image in request["images"]:
    platforms = image.get("platforms") or [
        {"os": "linux", "architecture": subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()}]
    parts = [{**manifest(layout, image, platform), "platform": platform} for platform in platforms]
    if len(parts) > 1 or image.get("isIndex"):
        index = {"schemaVersion": 2, "mediaType": PREFIX + "index.v1+json", "manifests": parts}
        entry = layout.add_json("index.v1+json", index)
    else:
        entry = {key: value for key, value in parts[0].items() if key != "platform"}
    entry["annotations"] = {"org.opencontainers.image.ref.name": image["tag"]}
    entries.append(entry)
    digests[image["tag"]] = entry["digest"]
with open(f"{layout.directory}/index.json", "w") as index:
    json.dump({"schemaVersion": 2, "manifests": entries}, index)
json.dump(digests, sys.stdout)
