#!/bin/sh
# Installs Trice from the archive that this script lies in, or removes it again.
#
#   ./install.sh [--prefix DIRECTORY]      (default: /usr/local)
#   ./install.sh --uninstall [--prefix DIRECTORY]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
uninstall=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?"--prefix takes a directory."}; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) uninstall=yes ;;
        *) echo "usage: $0 [--uninstall] [--prefix DIRECTORY]" >&2; exit 64 ;;
    esac
    shift
done
case $prefix in /*) ;; *) echo "The prefix must be an absolute path, not \`$prefix\`." >&2; exit 64 ;; esac

files() { (cd "$here/files" && find . -type f | sed 's|^\./||' | LC_ALL=C sort); }

if [ -n "$uninstall" ]; then
    files | while read -r file; do
        rm -f "$prefix/$file"
        # A directory goes when nothing else is in it, and never the prefix itself.
        directory=$(dirname "$file")
        while [ "$directory" != . ] && rmdir "$prefix/$directory" 2>/dev/null; do directory=$(dirname "$directory"); done
    done
    echo "Trice is removed from $prefix."
    exit 0
fi

files | while read -r file; do
    mode=644
    [ ! -x "$here/files/$file" ] || mode=755
    mkdir -p "$prefix/$(dirname "$file")"
    # Beside the old one and then renamed: a program that runs keeps its file.
    cp "$here/files/$file" "$prefix/$file.new"
    case $file in
        *.service) sed "s|@PREFIX@|$prefix|" "$here/files/$file" >"$prefix/$file.new" ;;
    esac
    chmod "$mode" "$prefix/$file.new"
    mv "$prefix/$file.new" "$prefix/$file"
done
echo "Trice is installed in $prefix. It needs nftables, crun or runc, and libcurl for registries; \`trice doctor\` checks them."
