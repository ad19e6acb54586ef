"""A disk in a file that remembers each write: what was on it at any moment can be looked at later.

A small FUSE file system has one file, `disk`, on which a loop device lies. Reads come from a base image that never changes and from
the writes since; each write and each flush is noted with its time. `moment` gives the disk as it was after a number of writes, and
with some of those writes lost that no flush had made durable: a disk may write them in any order.
"""
import errno
import os
import pickle
import random
import stat
import subprocess
import sys
import threading
import time

BLOCK = 4096


class Disk:
    """The blocks of a base image, with writes in memory."""

    def __init__(self, base):
        self.file = os.open(base, os.O_RDONLY)
        self.size = os.fstat(self.file).st_size
        self.blocks = {}

    def block(self, number):
        found = self.blocks.get(number)
        return found if found is not None else os.pread(self.file, BLOCK, number * BLOCK)

    def read(self, length, offset):
        length = max(0, min(length, self.size - offset))
        first, last = offset // BLOCK, (offset + length + BLOCK - 1) // BLOCK
        if not any(number in self.blocks for number in range(first, last)):
            return os.pread(self.file, length, offset)
        data = b"".join(self.block(number) for number in range(first, last))
        return data[offset - first * BLOCK:][:length]

    def write(self, data, offset):
        position = 0
        while position < len(data):
            number, inside = divmod(offset + position, BLOCK)
            part = data[position:position + BLOCK - inside]
            if len(part) < BLOCK:
                whole = bytearray(self.block(number))
                whole[inside:inside + len(part)] = part
                part = bytes(whole)
            self.blocks[number] = part
            position += BLOCK - inside


def moment(disk, log, count, randomness=None):
    """Makes the first `count` writes of the log; with `randomness` some of those after the last flush are lost."""
    last_flush = max((index for index in range(count) if log[index][1] is None), default=-1)
    for index in range(count):
        _, offset, data = log[index]
        if offset is None or randomness and index > last_flush and randomness.random() < 0.5:
            continue
        disk.write(data, offset)


def serve(base, directory, log_path, count, seed, record):
    """The file system at `directory` until it is unmounted; `record` is where its writes are noted at the end."""
    import fusepy as fuse  # Debian's name of it

    disk = Disk(base)
    if log_path:
        with open(log_path, "rb") as file:
            moment(disk, pickle.load(file), count, random.Random(seed) if seed else None)
    log, lock = [], threading.Lock()

    class Files(fuse.Operations):
        def getattr(self, path, handle=None):
            if path == "/":
                return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2}
            if path != "/disk":
                raise fuse.FuseOSError(errno.ENOENT)
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": disk.size, "st_blksize": BLOCK,
                    "st_blocks": disk.size // 512}

        def readdir(self, path, handle):
            return [".", "..", "disk"]

        def read(self, path, length, offset, handle):
            with lock:
                return disk.read(length, offset)

        def write(self, path, data, offset, handle):
            with lock:
                disk.write(data, offset)
                if record:
                    log.append((time.monotonic(), offset, data))
            return len(data)

        def fsync(self, path, only_data, handle):
            with lock:
                if record:
                    log.append((time.monotonic(), None, None))
            return 0

        def destroy(self, path):
            if record:
                with open(record + ".new", "wb") as file:
                    pickle.dump(log, file)
                os.rename(record + ".new", record)

    fuse.FUSE(Files(), directory, foreground=True, nothreads=True, big_writes=True, max_read=131072, max_write=131072)


class MountedDisk:
    """A process that serves a disk, and the loop device on it."""

    def __init__(self, base, directory, log=None, count=0, seed=0, record=None):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        words = [base, directory, log or "", str(count), str(seed), record or ""]
        self.process = subprocess.Popen(["/usr/bin/python3", os.path.abspath(__file__), *words], stdin=subprocess.DEVNULL)
        begin = time.monotonic()
        while not os.path.exists(f"{directory}/disk"):
            if self.process.poll() is not None or time.monotonic() - begin > 60:
                raise OSError(f"no disk at {directory}")
            time.sleep(0.02)
        shown = subprocess.run(["losetup", "--find", "--show", f"{directory}/disk"], check=True, capture_output=True, text=True)
        self.device = shown.stdout.strip()

    def end(self):
        subprocess.run(["losetup", "--detach", self.device], check=True)
        for _ in range(200):
            if subprocess.run(["umount", self.directory], stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.05)
        self.process.wait(30)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
