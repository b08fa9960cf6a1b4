#!/usr/bin/env bash
# Builds the images of the Dockerfile: infra/images.sh [bot] [endpoint], both if none is named.
#
#   BUILDER      docker or buildah; whichever is here, and works
#   PLATFORM     such as linux/arm64; this machine's own
#   BASE         the image that they are built on; BASE=debian makes one of Debian's packages with debootstrap, for
#                where no registry of images can be reached
#   BUILD_FLAGS  more words for the builder, such as volumes with certificates
#   TAG          of the images; the commit
#
# buildah reads BUILDAH_ISOLATION and STORAGE_DRIVER by itself. Prints one line for each image: its target, its name.
set -euo pipefail
cd "$(dirname "$0")/.."

TAG=${TAG:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
DEBIAN=${DEBIAN:-bookworm}
read -r -a flags <<<"${BUILD_FLAGS:-}"

die() {
    echo "$*" >&2
    exit 2
}

builder() {
    if docker buildx version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
        echo docker
    elif command -v buildah >/dev/null; then
        echo buildah
    else
        die "Neither Docker with buildx nor buildah is here, or its engine does not run (on Debian: apt install buildah)."
    fi
}

base_of_debian() { # an image with Debian's own Python, made once
    local name=localhost/wherein-base:$DEBIAN folder container
    [ "$BUILDER" = buildah ] || die "BASE=debian: it is made with buildah: set BUILDER=buildah."
    if ! buildah inspect --type image "$name" >/dev/null 2>&1; then
        command -v debootstrap >/dev/null || die "BASE=debian: debootstrap is not here (on Debian: apt install debootstrap)."
        folder=$(mktemp -d)
        debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$DEBIAN" "$folder" >&2
        rm -rf "$folder"/var/cache/apt/* "$folder"/var/lib/apt/lists/* "$folder"/var/log/*
        tar -C "$folder" -cf "$folder.tar" .
        container=$(buildah from scratch)
        buildah add -q "$container" "$folder.tar" / >/dev/null
        buildah commit -q "$container" "$name" >/dev/null
        buildah rm "$container" >/dev/null
        rm -rf "$folder" "$folder.tar"
    fi
    echo "$name"
}

build() {
    local target=$1 name=$2 arguments
    arguments=(--target "$target" --build-arg "REVISION=$REVISION" -t "$name")
    [ -z "${PLATFORM:-}" ] || arguments+=(--platform "$PLATFORM")
    [ -z "${BASE:-}" ] || arguments+=(--build-arg "BASE=$BASE")
    arguments+=("${flags[@]}")
    if [ "$BUILDER" = docker ]; then
        docker buildx build --load "${arguments[@]}" . >&2
    else
        buildah build --format docker "${arguments[@]}" . >&2 # the OCI format drops HEALTHCHECK
    fi
}

if [ "${1:-}" = --builder ]; then # which one it would be
    builder
    exit
fi
BUILDER=${BUILDER:-$(builder)}
if [ "${BASE:-}" = debian ]; then BASE=$(base_of_debian); fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then targets=(bot endpoint); fi
for target in "${targets[@]}"; do
    name=localhost/wherein-$target:$TAG
    build "$target" "$name"
    echo "$target $name"
done
