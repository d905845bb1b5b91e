# shellcheck shell=bash disable=SC2154  # out, top, venv, jobs: of tests/places.sh
# The container image, by buildah with chroot isolation: no Docker engine is needed. Sourced by tests/places.sh.

# image ARCH SLOW: builds the image of the tree on a clean system of ARCH, mounts it and probes it.
image() {
    local arch=$1 slow=$2 from made container root status
    need buildah
    export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=overlay
    base "clean-$arch" "$arch" ca-certificates || return 1
    from=localhost/gemini-balance-base-$arch made=localhost/gemini-balance-$arch
    if ! buildah inspect --type image "$from" >/dev/null 2>&1; then
        container=$(buildah from scratch) || return 1
        buildah config --arch "$arch" "$container" && buildah copy -q "$container" "$out/base-clean-$arch" / >/dev/null &&
            buildah commit -q "$container" "$from" >/dev/null || return 1
        buildah rm "$container" >/dev/null
    fi
    say "buildah bud --build-arg BASE=$from -t $made ."
    # Docker's own format: the other one has no place for HEALTHCHECK.
    (cd "$top" && buildah bud --format docker --arch "$arch" --pull-never --build-arg "BASE=$from" -t "$made" .) \
        >"$out/image-$arch.build" 2>&1 || { tail -n 20 "$out/image-$arch.build"; return 1; }
    container=$(buildah from --pull-never "$made") && root=$(buildah mount "$container") &&
        buildah inspect --type image "$made" >"$out/image-$arch.json" || return 1
    say "built: $(buildah images --format '{{.Size}}' "$made"), of which the base is $(buildah images --format '{{.Size}}' "$from")"
    say "figure: image_mib $(du -smx "$root" | cut -f1)"
    places_pytest GB_IMAGE_ROOT="$root" GB_IMAGE="$out/image-$arch.json" GB_SLOW="$slow" GB_BUILD="$root/usr/bin" test_image.py
    status=$?
    buildah rm "$container" >/dev/null
    return "$status"
}
