# What the control scripts share inside a laboratory. Sourced.
# shellcheck shell=bash

# shellcheck disable=SC2034 # the scripts beside this folder use it
lab_folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
lab=${SMARTHOST_LAB:?is not set: run this inside Tests/Lab/enter}

in_tree() { chroot "$lab" "$@"; }

# await WHAT COMMAND…: until COMMAND succeeds, at most 20 seconds.
await() {
    local what=$1 deadline=$((SECONDS + 20))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || {
            echo "$what: still not so after 20 s; the logs are in $lab/var/log" >&2
            return 1
        }
        sleep 0.02
    done
}

# accepts PORT [ADDRESS]
accepts() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1"); }

# greets PORT PREFIX [ADDRESS]: the server's first line begins so.
greets() {
    local line
    { read -r -t 5 line <&3 && [[ $line == "$2"* ]]; } 3<>"/dev/tcp/${3:-127.0.0.1}/$1"
}

# alive PIDFILE (a path in the tree)
alive() { [[ -s $lab$1 ]] && kill -0 "$(<"$lab$1")"; }
gone() { ! alive "$1"; }

stop_by() {
    alive "$1" 2>/dev/null || return 0
    kill "$(<"$lab$1")"
    await "the end of the process in $1" gone "$1"
}

usage() {
    echo "usage: $0 $*" >&2
    exit 64
}
