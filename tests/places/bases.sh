# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# Clean systems of other kinds, made by debootstrap below tests/out and kept for the next run.
# Sourced by tests/places.sh: uses $out, $jobs, say and die.

# What a program for each kind is made with and run by.
triplet_of() {
    case $1 in
    amd64) echo x86_64-linux-gnu ;;
    i386) echo i386-linux-gnu ;;
    armhf) echo arm-linux-gnueabihf ;;
    arm64) echo aarch64-linux-gnu ;;
    mipsel) echo mipsel-linux-gnu ;;
    s390x) echo s390x-linux-gnu ;;
    esac
}
emulator_of() {
    case $1 in
    armhf) echo qemu-arm-static ;;
    arm64) echo qemu-aarch64-static ;;
    mipsel) echo qemu-mipsel-static ;;
    s390x) echo qemu-s390x-static ;;
    esac
}

libraries=libfcgi-dev,libcurl4-openssl-dev,libjson-c-dev,libsqlite3-dev,libssl-dev,libctemplate-dev,libmp3lame-dev
libraries=$libraries,libcmocka-dev,libstdc++-12-dev,ca-certificates

codename() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
# Where this machine's own apt takes its packages from.
# shellcheck disable=SC2016  # apt's own variable
mirror() { apt-get indextargets --format '$(REPO_URI)' "Codename: $(codename)" | head -n 1; }

# need PACKAGE...: installs what is missing of this system's packages.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Installing: ${missing[*]}"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends \
        "${missing[@]}"
}

# The kernel starts programs of other kinds by their emulator; registering them is for the whole machine
# and stays.
emulation() {
    need qemu-user-static binfmt-support
    mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --enable
}

# base NAME ARCH PACKAGES: $out/base-NAME, a system of ARCH with PACKAGES (separated by commas).
base() {
    local root=$out/base-$1
    [ -e "$root.made" ] && [ "$(cat "$root.made")" = "$2 $3" ] && return 0
    [ "$2" = "$(dpkg --print-architecture)" ] || [ "$2" = i386 ] || emulation
    need debootstrap
    say "debootstrap $2 into $root"
    rm -rf "$root" "$root.made"
    debootstrap --arch="$2" --variant=minbase --include="$3" "$(codename)" "$root" "$(mirror)" >"$root.log" 2>&1 ||
        { tail -n 5 "$root.log"; return 1; }
    echo "127.0.0.1 localhost" >"$root/etc/hosts"
    echo "$2 $3" >"$root.made"
}

# inside ROOT COMMAND...: runs it in ROOT, where the tree is at its own path, with mounts and processes of
# its own that end with it.
inside() {
    local root=$1
    shift
    mkdir -p "$root$top"
    # shellcheck disable=SC2016  # for the inner shell
    unshare --mount --pid --fork --kill-child sh -c '
        set -e
        root=$1 top=$2
        shift 2
        mount --make-rprivate /
        mount --bind "$top" "$root$top"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root "$@"' \
        sh "$root" "$top" "$@"
}
