"""A list of what was checked, each with its outcome, and listings of a host to compare."""
import difflib


class Checks:
    def __init__(self, machine, log):
        self.machine, self.log = machine, log
        self.failed = []
        self.count = 0

    def that(self, what, is_so, detail=""):
        self.count += 1
        if not is_so:
            self.failed.append(what)
        self.log(f"{'ok   ' if is_so else 'FAULT'} {what}" + ("" if is_so else f"\n{detail}"))
        return is_so

    def works(self, what, command, user="root", has="", timeout=420):
        """Runs a command, which must end with 0 and show `has`."""
        result = self.machine.run(command, user, timeout)
        self.that(what, result.ok and has in result.output + result.errors, f"`{command}` as {user}: {result}")
        return result.output

    def fails(self, what, command, user="root", saying="", timeout=420):
        result = self.machine.run(command, user, timeout)
        self.that(what, not result.ok and saying in result.output + result.errors, f"`{command}` as {user}: {result}")
        return result.errors

    def same(self, what, before, after):
        lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=0))
        self.that(what, not lines, "\n".join(lines))

    def end(self):
        self.log(f"{self.count} checks, {len(self.failed)} faults" + "".join(f"\n  {name}" for name in self.failed))
        return 1 if self.failed else 0


# What changes by itself: counters, random numbers, what differs between boots, the sessions of this test, and the slice that a
# user's systemd keeps for scopes.
LISTING = r"""
sysctl -a 2>/dev/null | grep -v -e random -e nr_ -e _nr -e file-nr -e inode -e dentry -e ns_last_pid -e cad_pid -e lock_ -e pty.nr \
    -e stat_refresh -e cpu_idle -e sched_domain -e pool_size -e 'neigh\.' -e netdev_rss -e max_lock_depth -e dirty_ -e 'keys.' -e quota.syncs -e user_reserve -e dmesg_restrict | sort
echo == mounts; cut -d' ' -f5- /proc/1/mountinfo | sed 's/ shared:[0-9]*//; s/fd=[0-9]*,//; s/pipe_ino=[0-9]*//' | grep -v '^/mnt ' | sort
echo == links; ip -o link | cut -d: -f2- | sed 's/ qlen.*//'; ip -o address | sed 's/valid_lft.*//'; ip route; ip -6 route | grep -v expires; nft list ruleset
echo == cgroups; find /sys/fs/cgroup -type d | grep -v -e session- -e /run- -e 'user-0' -e 'systemd-.*service' -e '@.*service/user.slice$' | sort
echo == names; ls -A /run /tmp /run/netns /dev/shm /var/lib 2>/dev/null | grep -v -e systemd-private
"""


def listing(machine):
    return machine.expect(LISTING)
