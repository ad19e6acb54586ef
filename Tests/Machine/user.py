"""A user without root, below systemd and with cgroups of version 2: the way of `node-postgres`, a reboot and a power cut in the
middle of it, limits, and what another user of the machine may try."""
import time

from checks import Checks, listing

LIMITS = r"""name: limits
services:
  eater:
    image: bootstrap:busybox
    command: ["sh", "-c", "sleep 5; x=; while :; do x=$$x$$x$$(head -c 1000000 /dev/zero | tr '\\0' x); done"]
    mem_limit: 48m
    memswap_limit: 48m
    stop_grace_period: 0s
  forks:
    image: bootstrap:busybox
    command: ["sh", "-c", "trap 'sleep 1000' EXIT; i=0; while [ $$i -lt 20 ]; do sleep 1000 & i=$$((i+1)); done; wait"]
    pids_limit: 10
    stop_grace_period: 0s
  quiet:
    image: bootstrap:busybox
    command: sleep 100000
    mem_limit: 64m
    cpus: 0.5
    stop_grace_period: 0s
"""
BUILD = "FROM machine/node:1\nRUN mkdir /made && echo built >/made/file && chown -R 1000:1000 /made\nUSER 1000\n"
# In place of `node-postgres` where its images are too much for a slow machine: `make vm ARGS='user small'`.
SMALL = r"""name: tasks
services:
  app:
    image: bootstrap:busybox
    command: httpd -f -p 3000 -h /srv
    environment: {PGPASSWORD: not-a-secret}
    ports: ["3000:3000"]
    volumes: ["data:/srv"]
    stop_grace_period: 0s
  db: {image: "bootstrap:busybox", command: sleep 100000, stop_grace_period: 0s}
volumes: {data: }
"""
URL = "http://127.0.0.1:3000/tasks"
# Each line is tried by the user `eve` against what `dev` runs; each must fail or show nothing.
ATTACKS = [
    ("list the state", "ls /home/dev/.local/share/trice"),
    ("read a volume", "cat /home/dev/.local/share/trice/volumes/*/data/data/PG_VERSION"),
    ("list the run directory", "ls /run/user/$(id -u dev)/trice"),
    ("connect to the supervisor", "find /run/user /home/dev /tmp /run/trice* -name '*.sock' 2>/dev/null | grep ."),
    ("read environments of containers", "for p in $(pgrep -f '[p]ostgres -D|[s]erver.js|[h]ttpd -f'); do cat /proc/$p/environ 2>/dev/null; done | tr '\\0' '\\n' | grep PGPASSWORD"),
    ("reach the root of a container", "for p in $(pgrep -f '[p]ostgres -D|[s]erver.js|[h]ttpd -f'); do ls /proc/$p/root/ 2>/dev/null; done | grep ."),
    ("list descriptors", "for p in $(pgrep -u dev trice); do ls /proc/$p/fd 2>/dev/null; done | grep ."),
    ("see a secret in a command line", "ps -eo args | grep -v grep | grep -e not-a-secret"),
    ("send a signal", "for p in $(pgrep -u dev trice; pgrep -f '[p]ostgres -D|[h]ttpd -f'); do kill -0 $p 2>/dev/null && echo $p; done | grep ."),
    ("enter the namespaces", "for p in $(pgrep -f '[h]old-namespaces') $(pgrep -f '[p]ostgres -D|[h]ttpd -f'); do nsenter -t $p -U -n -m --preserve-credentials true 2>/dev/null && echo in; done | grep ."),
    ("trace a process", "for p in $(pgrep -u dev trice); do strace -p $p -c sleep 1 2>/dev/null && echo $p; done | grep ."),
    ("status of the other's directory", "trice -f /home/dev/tasks/Envfile status | grep running"),
    ("down of the other's directory", "trice -f /home/dev/tasks/Envfile down"),
    ("write a setuid file into a volume's place", "cp /bin/busybox /home/dev/.local/share/trice/x"),
    ("list of environments", "trice ls | grep tasks"),
    ("abstract sockets", "grep -a -o '@.*trice.*' /proc/net/unix"),
    ("cgroups", "echo 1 >/sys/fs/cgroup/user.slice/user-$(id -u dev).slice/user@$(id -u dev).service/cgroup.freeze"),
]
SYSTEM_FILES = "find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -newer /root/mark -type f -print 2>/dev/null | grep -v -e ^/home -e ^/var/log -e ^/run -e ^/tmp -e ^/root -e systemd -e ^/var/lib/dbus"


def dev(checks, what, command, has="", timeout=420):
    return checks.works(what, command, "dev", has, timeout)


def answers(machine, url=URL, seconds=60):
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        result = machine.run(f"curl -s -m 5 {url}")
        if result.ok and result.output:
            return result.output
        time.sleep(1)
    return ""


def write(checks, machine, text):
    if machine.isSmall:
        dev(checks, f"`{text}` is written", f"cd tasks && trice exec app -- sh -c 'echo {text} >>/srv/tasks; sync'")
    else:
        checks.works(f"`{text}` is written", f"curl -s -d '{text}' {URL}", has=text)


def make(checks, machine):
    if machine.isSmall:
        machine.expect(f"install -d -o dev -g dev /home/dev/tasks; cat >/home/dev/tasks/Envfile <<'END'\n{SMALL}END\n")
        return
    dev(checks, "trice init node-postgres", "mkdir -p tasks && cd tasks && trice init node-postgres && "
        "sed -i 's#bootstrap:debian/bookworm?include=postgresql#machine/db:1#; s#bootstrap:debian/bookworm?include=node-pg,nodejs#machine/node:1#' Envfile")


def up_and_use(checks, machine):
    make(checks, machine)
    dev(checks, "trice up", "cd tasks && trice up", timeout=900)
    checks.that("the port answers", answers(machine) != "")
    write(checks, machine, "water the plants")
    dev(checks, "trice status", "cd tasks && trice status", has="running")
    dev(checks, "trice ssh runs a command", "cd tasks && trice ssh app -- id -un", has="root")
    machine.isSmall or dev(checks, "trice ssh to the database", "cd tasks && trice ssh db -- psql -tAc 'SELECT text FROM tasks'", has="water")
    dev(checks, "ssh with trice ssh-config", "cd tasks && trice ssh-config >/tmp/dev-ssh && ssh -F /tmp/dev-ssh app hostname; code=$?; rm -f /tmp/dev-ssh; exit $code")
    dev(checks, "trice commit", "cd tasks && trice exec app -- touch /committed && trice commit app kept:1 && "
        "trice run --rm --no-deps app true; trice image list", has="kept:1")
    dev(checks, "trice build", "mkdir -p built && cd built && printf 'name: built\\nservices: {app: {build: ., command: sleep 1000, stop_grace_period: 0s}}\\n' >Envfile "
        f"&& printf '{BUILD.replace('machine/node:1', 'bootstrap:busybox') if machine.isSmall else BUILD}' >Dockerfile && trice build && trice up && trice exec app -- cat /made/file && trice down", has="built")
    dev(checks, "trice stats", "cd tasks && trice stats --no-stream", has="db")
    shown = dev(checks, "trice pause", "cd tasks && trice pause app && trice status")
    checks.that("a paused service does not answer", not machine.run(f"curl -s -m 3 {URL}").ok, shown)
    dev(checks, "trice unpause", "cd tasks && trice unpause app")
    checks.that("it answers again", "water" in answers(machine))
    dev(checks, "trice snapshot save while it runs", "cd tasks && trice snapshot save one && trice snapshot list", has="one")
    dev(checks, "trice snapshot restore", "cd tasks && trice snapshot restore one")
    checks.that("it answers after the restore", "water" in answers(machine))
    dev(checks, "trice doctor", "trice doctor", has="systemd")


def limits(checks, machine):
    machine.expect(f"cat >/tmp/Envfile <<'END'\n{LIMITS}END\ninstall -D -o dev -g dev /tmp/Envfile /home/dev/limits/Envfile; chown dev: /home/dev/limits; rm /tmp/Envfile")
    machine.run("cd limits && trice up", "dev")
    time.sleep(40)
    shown = machine.run("cd limits && trice status --json --all || trice status --json", "dev").output
    checks.that("the memory limit kills", "137" in shown or "out of memory" in shown.lower() or "oom" in shown.lower(), shown)
    refused = machine.run("cd limits && trice logs forks", "dev").output
    count = machine.run("cat /sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service/*/*forks*/pids.current "
                        "$(find /sys/fs/cgroup/user.slice -path '*forks*' -name pids.current) 2>/dev/null | sort -n | tail -1", "dev").output.strip()
    checks.that("the limit of processes holds", "can't fork" in refused and (not count or int(count) <= 10), count + refused)
    shown = machine.expect("find /sys/fs/cgroup/user.slice -path '*quiet*' -name memory.max -exec cat {} + ; find /sys/fs/cgroup/user.slice -path '*quiet*' -name cpu.max -exec cat {} +")
    checks.that("memory.max and cpu.max are those of the Envfile", "67108864" in shown and "50000 100000" in shown, shown)
    dev(checks, "down", "cd limits && trice down --volumes")


def reboots(checks, machine):
    machine.run("systemctl reboot", timeout=20)
    time.sleep(5)
    machine.process.poll() is None and wait(machine)
    shown = dev(checks, "trice status after a reboot", "cd tasks && trice status")
    checks.that("status says that nothing runs", "running" not in shown, shown)
    dev(checks, "trice up after a reboot", "cd tasks && trice up", timeout=900)
    checks.that("the task is still there after a reboot", "water" in answers(machine))
    write(checks, machine, "feed the cat")
    time.sleep(6)
    machine.cut()
    machine.boot()
    shown = dev(checks, "trice status after a power cut", "cd tasks && trice status")
    checks.that("status says that nothing runs after a power cut", "running" not in shown, shown)
    dev(checks, "trice up after a power cut", "cd tasks && trice up", timeout=900)
    shown = answers(machine)
    checks.that("both tasks are there after a power cut", "water" in shown and "feed" in shown, shown)
    machine.cut()
    machine.boot()
    dev(checks, "trice down right after a power cut", "cd tasks && trice down")
    dev(checks, "trice up after that", "cd tasks && trice up", timeout=900)
    checks.that("both tasks are there after that", "feed" in answers(machine))


def wait(machine):
    machine.leave()
    begin = time.monotonic()
    while machine.answers() and time.monotonic() - begin < 60:
        time.sleep(0.3)
    while not machine.answers() and time.monotonic() - begin < 200:
        time.sleep(0.3)
    machine.run("true")


def other_user(checks, machine):
    for what, command in ATTACKS:
        result = machine.run(command, "eve")
        checks.that(f"eve cannot: {what}", not result.ok, f"`{command}`: {result}")
    checks.that("the service of dev still answers", "water" in answers(machine))
    machine.expect("install -d -o eve -g eve /home/eve/own; printf 'name: own\\nservices: {web: {image: \"bootstrap:busybox\", "
                   "command: httpd -f -p 80 -h /etc, ports: [\"3000:80\"], stop_grace_period: 0s}}\\n' >/home/eve/own/Envfile")
    shown = checks.works("eve brings up an environment with the same port, which moves", "cd own && trice up && trice port web 80", "eve")
    checks.that("the port is another one", ":3000" not in shown, shown)
    checks.works("eve's down", "cd own && trice down", "eve")
    checks.that("dev's answers after that", "water" in answers(machine))


def main(machine, log, names):
    checks = Checks(machine, log)
    machine.isSmall = "small" in names
    names = [name for name in names if name != "small"]
    dev(checks, "trice image load", "trice image pull bootstrap:busybox" if machine.isSmall else "trice image load -i /mnt/images/db.tar && trice image load -i /mnt/images/node.tar && "
        "trice image pull bootstrap:busybox", timeout=2400)
    machine.expect("sysctl -q kernel.dmesg_restrict=0; touch /root/mark")
    before = listing(machine)
    steps = {"use": up_and_use, "limits": limits, "eve": other_user, "reboots": reboots}
    for name in names or steps:
        log(f"-- {name}")
        steps[name](checks, machine)
    dev(checks, "trice down", "cd tasks && trice down --volumes")
    time.sleep(8)
    checks.that("no process of trice is left", not machine.run("pgrep -u dev -a | grep -v -e systemd -e sd-pam -e dbus-daemon").ok,
                machine.run("pgrep -u dev -a").output)
    checks.same("sysctls, mounts, links, cgroups and names are as before", before, listing(machine))
    left = machine.run(SYSTEM_FILES).output
    checks.that("no file outside of homes was written", not left.strip(), left)
    left = dev(checks, "what is left in the state", "cd ~/.local/share/trice && ls volumes environments layers/ingest snapshots/work 2>/dev/null; true")
    log(left)
    return checks.end()
