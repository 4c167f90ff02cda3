# What setup and enter share on the host's side: where the cached tree is, and how to become root.
# Sourced. Leaves with status 3 and one line on stderr where the laboratory cannot be had at all.
# shellcheck shell=bash

lab_folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
package_folder=$(cd -- "$lab_folder/../.." && pwd)
lab_cache=$(realpath --canonicalize-missing -- "${LAB_CACHE:-$package_folder/.build/lab}")

unavailable() {
    echo "laboratory left out: $*" >&2
    exit 3
}

# The tree's path in the cache: another package list or another way to make it is another tree.
tree_path() {
    local key
    key=$(cat -- "$lab_folder/packages" "$lab_folder/beside" "$lab_folder/setup" | sha256sum | cut -c 1-16)
    echo "$lab_cache/tree-$key"
}

# become_root PROGRAM ARGUMENT… starts the calling program again through sudo where it must.
become_root() {
    if ((EUID == 0)); then
        unshare -n -m -p -u -i -f true 2>/dev/null || unavailable "root may make no namespaces here"
        return
    fi
    command -v sudo >/dev/null || unavailable "chroots and namespaces need root, and there is no sudo"
    sudo -n true 2>/dev/null || unavailable "chroots and namespaces need root, and sudo asks for a password"
    exec sudo -n --preserve-env env PATH="$PATH" "$@"
}
