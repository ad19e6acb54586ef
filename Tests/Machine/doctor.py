"""`trice doctor` for a user without root, after each thing that it needs was taken away: it names one command, and that command mends
it. The commands run as root, as `sudo` would run them."""
import re
import time

from checks import Checks

HELLO = "name: hello\nservices: {web: {image: \"bootstrap:busybox\", command: sleep 1000, stop_grace_period: 0s, mem_limit: 64m}}\n"
# What is taken away, how, the subject of doctor's line, and whether `up` fails without it.
CASES = [
    ("the subordinate IDs", "sed -i /^dev:/d /etc/subuid /etc/subgid", "subordinate IDs", True),
    ("a range of one's own", "grep ^dev: /etc/subuid | sed s/dev/eve/ >>/etc/subuid; sed -i 1,2{/^eve/d} /etc/subuid", "subordinate IDs", False),
    ("access to /dev/net/tun", "chmod 600 /dev/net/tun", "/dev/net/tun", False),
    ("user namespaces", "sysctl -q -w user.max_user_namespaces=0", "user.max_user_namespaces", True),
    ("user namespaces for users", "sysctl -q -w kernel.unprivileged_userns_clone=0", "kernel.unprivileged_userns_clone", True),
    ("the user's systemd", "loginctl disable-linger dev; systemctl stop user@$(id -u dev)", "cgroups", False),
    ("newuidmap", "dpkg --force-depends --remove uidmap >/dev/null", "newuidmap", True),
    ("pasta and slirp4netns", "dpkg --force-depends --remove passt slirp4netns >/dev/null", "pasta", False),
]


def line(text, subject):
    """The mark, the finding and the remedy of a subject."""
    found = re.search(rf"^(\S+) +{re.escape(subject)} +(.*)\n(?: +→ (.*)\n)?", text, re.M)
    return (found[1], found[2], found[3] or "") if found else ("", "", "")


def main(machine, log, names):
    checks = Checks(machine, log)
    machine.expect("printf '#!/bin/sh\\nexec \"$@\"\\n' >/usr/local/bin/sudo; chmod 755 /usr/local/bin/sudo; "
                   "printf 'deb http://deb.debian.org/debian bookworm main\\n' >/etc/apt/sources.list; "
                   f"install -d -o dev -g dev /home/dev/hello; cat >/home/dev/hello/Envfile <<'END'\n{HELLO}END\n")
    hasPackages = machine.run("apt-get update -q", timeout=240).ok
    good = checks.works("doctor finds nothing to mend", "trice doctor", "dev", has="systemd")
    for what, script, subject, stops in CASES:
        if names and subject not in names:
            continue
        if subject in ("newuidmap", "pasta") and not hasPackages:
            log(f"not tried: {what}: no Debian mirror answers in the machine")
            continue
        machine.run(script)
        shown = machine.run("trice doctor", "dev").output
        mark, finding, remedy = line(shown + "\n", subject)
        checks.that(f"without {what}: doctor says so with a command", mark in ("!", "✘", "✗", "✖") and remedy != "", shown)
        result = machine.run("cd hello && trice up", "dev")
        if stops:
            checks.that(f"without {what}: up fails with one clear error", not result.ok and result.errors.count("trice:") == 1, str(result))
        log(f"      {finding}\n      → {remedy}")
        machine.run("cd hello && trice down", "dev")
        mended = machine.run(f"export USER=dev; {remedy.replace('apt install', 'apt install -y')}", timeout=300)
        checks.that(f"without {what}: the command works", mended.ok, str(mended))
        # The user's systemd takes a while to start.
        for _ in range(20):
            mark, finding, _ = line(machine.run("trice doctor", "dev").output + "\n", subject)
            if mark in ("✔", ""):
                break
            time.sleep(1)
        checks.that(f"without {what}: the command mends it", mark in ("✔", ""), finding)
        checks.works(f"without {what}: up works again", "cd hello && trice up && trice down", "dev")
    return checks.end()
