"""Ten users without root side by side on this host, in a network and mounts of the test's own: all bring up the same Envfile with the
same port at once. `main` runs inside; `run users` starts it with `unshare --net --mount`."""
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FIRST = 47_000
ENVFILE = """name: hello
services:
  web:
    image: bootstrap:busybox
    command: httpd -f -p 80 -h /site
    environment: {{SECRET: "secret-of-{name}"}}
    ports: ["8080:80"]
    volumes: ["./site:/site", "data:/data"]
    stop_grace_period: 0s
volumes: {{data: }}
"""
# Each is tried by every user on the next one's things: a shell script that prints what it got.
ATTACKS = {
    "state": "ls -R {home} {home}/.local/share/trice 2>/dev/null",
    "volume": "cat {home}/.local/share/trice/volumes/*/data/kept 2>/dev/null",
    "run directory": "ls {home}/run/trice 2>/dev/null",
    "sockets": "find {home} -type s 2>/dev/null",
    "environment of processes": "for p in {pids}; do tr '\\0' '\\n' </proc/$p/environ; done 2>/dev/null | grep -a secret-of",
    "roots of processes": "for p in {pids}; do ls /proc/$p/root/ /proc/$p/cwd/; done 2>/dev/null",
    "descriptors": "for p in {pids}; do ls /proc/$p/fd; done 2>/dev/null",
    "memory maps": "for p in {pids}; do cat /proc/$p/maps; done 2>/dev/null",
    "signals": "for p in {pids}; do kill -0 $p && echo $p; done 2>/dev/null",
    "namespaces": "for p in {pids}; do nsenter -t $p -U -m -n --preserve-credentials echo in; done 2>/dev/null",
    "command lines with secrets": "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -a '[s]ecret-of-{name}'",
    "abstract sockets": "tr -d '\\0' </proc/net/unix | grep -a '@.*trice'",
    "names in /tmp": "find /tmp /var/tmp /dev/shm -path {top} -prune -o -name '*trice*' -user {name} -print 2>/dev/null",
    "status of the other's Envfile": "{trice} -f {home}/hello/Envfile status 2>/dev/null",
    "the other's environments in ls": "{trice} ls 2>/dev/null | grep {home}",
}


class User:
    def __init__(self, number, top, trice):
        self.id, self.name, self.trice = FIRST + number, f"user{number}", trice
        self.home = f"{top}/{self.name}"
        for path in (self.home, f"{self.home}/run", f"{self.home}/hello", f"{self.home}/hello/site"):
            os.mkdir(path, 0o700)
            os.chown(path, self.id, self.id)
        for place, text in (("Envfile", ENVFILE.format(name=self.name)), ("site/index.html", f"page of {self.name}\n")):
            with open(f"{self.home}/hello/{place}", "w") as file:
                file.write(text)
            os.chown(f"{self.home}/hello/{place}", self.id, self.id)

    def start(self, *words):
        variables = {"PATH": os.environ["PATH"], "HOME": self.home, "XDG_RUNTIME_DIR": f"{self.home}/run", "LANG": "C.UTF-8",
                     "USER": self.name}
        return subprocess.Popen(
            ["setpriv", "--reuid", str(self.id), "--regid", str(self.id), "--clear-groups", *words], cwd=f"{self.home}/hello",
            env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words, timeout=180):
        process = self.start(*words)
        output, errors = process.communicate(timeout=timeout)
        return process.returncode, output, errors

    def processes(self):
        """All processes of the user and of the user's containers."""
        found = []
        for name in os.listdir("/proc"):
            try:
                owner = os.stat(f"/proc/{name}").st_uid if name.isdigit() else -1
            except OSError:
                continue
            if owner == self.id or self.id * 65536 <= owner < self.id * 65536 + 65536:
                found.append(name)
        return found


def prepare(count, top, trice):
    """Files of /etc in which the users are, and /dev/net/tun as ordinary hosts have it."""
    etc = f"{top}/etc"
    os.mkdir(etc)
    names = [(f"user{number}", FIRST + number) for number in range(count)]
    with open("/etc/passwd") as file:
        users = file.read()
    for name, text in (("passwd", users + "".join(f"{name}:x:{id}:{id}::{top}/{name}:/bin/sh\n" for name, id in names)),
                       ("subuid", "".join(f"{name}:{id * 65536}:65536\n" for name, id in names)),
                       ("subgid", "".join(f"{name}:{id * 65536}:65536\n" for name, id in names))):
        with open(f"{etc}/{name}", "w") as file:
            file.write(text)
        subprocess.run(["mount", "--bind", f"{etc}/{name}", f"/etc/{name}"], check=True)
    subprocess.run(f"mknod -m 666 {etc}/tun c 10 200 && chmod 666 {etc}/tun && mount --bind {etc}/tun /dev/net/tun && ip link set lo up",
                   shell=True, check=True)
    return [User(number, top, trice) for number in range(count)]


def page(port):
    begin = time.monotonic()
    while time.monotonic() - begin < 20:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return answer.read().decode().strip()
        except OSError:
            time.sleep(0.2)
    return None


def attack(user, other):
    """What a user got of another one, by the name of the attempt."""
    place = {"home": other.home, "name": other.name, "pids": " ".join(other.processes()), "trice": user.trice, "top": os.path.dirname(os.environ["USERS"])}
    got = {}
    for what, script in ATTACKS.items():
        _, output, _ = user.run("sh", "-c", script.format(**place))
        if output.strip():
            got[what] = output.strip()[:300]
    return got


def one_round(users, faults):
    trice = users[0].trice
    begin = time.monotonic()
    running = [user.start(trice, "up") for user in users]
    ends = [(process.communicate(timeout=300), process.returncode) for process in running]
    took = time.monotonic() - begin
    for user, ((_, errors), code) in zip(users, ends):
        if code:
            faults.append(f"up of {user.name} ended with {code}: {errors[-600:]}")
    ports = {}
    for user in users:
        code, output, errors = user.run(trice, "port", "web", "80")
        found = re.search(r":(\d+)\s*$", output)
        if not found:
            faults.append(f"no port of {user.name}: {output}{errors}")
            continue
        ports[user.name] = found[1]
        if (shown := page(found[1])) != f"page of {user.name}":
            faults.append(f"port {found[1]} of {user.name} answers {shown!r}")
    if len(set(ports.values())) != len(ports):
        faults.append(f"ports are shared: {ports}")
    return took, ports


def main(count, rounds):
    trice = os.environ["TRICE"]
    top = os.environ["USERS"]
    users = prepare(count, top, trice)
    faults, attempts = [], 0
    for number in range(rounds):
        took, ports = one_round(users, faults)
        print(f"round {number + 1}: {len(ports)} of {count} are up and answer after {took:.1f} s, ports {sorted(ports.values())}", flush=True)
        if number == 0:
            for user in users:
                user.run(trice, "exec", "web", "--", "sh", "-c", "echo kept-by-" + user.name + " >/data/kept")
            for user, other in zip(users, users[1:] + users[:1]):
                for what, output in attack(user, other).items():
                    faults.append(f"{user.name} got of {other.name} by {what}: {output}")
                attempts += len(ATTACKS)
            if len(own := attack(users[0], users[0])) < 8:
                faults.append(f"the attempts show too little of a user's own things to mean anything: {sorted(own)}")
            print(f"{attempts} attempts on other users", flush=True)
        downs = [user.start(trice, "down", "--timeout", "1") for user in users]
        for user, process in zip(users, downs):
            _, errors = process.communicate(timeout=300)
            if process.returncode:
                faults.append(f"down of {user.name}: {errors[-400:]}")
        begin = time.monotonic()
        while any(user.processes() for user in users) and time.monotonic() - begin < 30:
            time.sleep(0.3)
        for user in users:
            if left := user.processes():
                lines = [open(f"/proc/{pid}/cmdline").read().replace("\0", " ") for pid in left if os.path.exists(f"/proc/{pid}")]
                faults.append(f"processes of {user.name} are left: {lines}")
            if left := [name for name in os.listdir(f"{user.home}/run") if os.listdir(f"{user.home}/run/{name}")
                        and any(os.path.isdir(f"{user.home}/run/trice/{part}") and os.listdir(f"{user.home}/run/trice/{part}")
                                for part in ("environments", "containers"))]:
                faults.append(f"files of {user.name} are left: {left}")
    for fault in faults:
        print("FAULT", fault, flush=True)
    print(f"{count} users, {rounds} rounds, {len(faults)} faults", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
