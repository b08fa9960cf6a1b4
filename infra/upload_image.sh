#!/usr/bin/env bash
# The second apply: builds both images, pushes them by digest, brings the weights to their bucket, and applies.
#
#   infra/upload_image.sh [--dry-run] [--dirty] [-- WORDS FOR terraform apply…]
#
# It wants what the first apply made (terraform output), AWS's credentials, Docker with buildx or buildah, and Python
# with requirements/aws.txt (PYTHON; .venv's, if there is one). Each image is built for the processor that it will have,
# which takes QEMU where that is not this machine's. Where an endpoint serves already, its new image is then brought
# there by `python -m model.deploy`, by canary and with a way back.
#
#   --dry-run   print each command that changes something, instead of running it
#   --dirty     upload what is not committed too; its tag says so
set -euo pipefail
cd "$(dirname "$0")"
ROOT=$(cd .. && pwd)
TFVARS=images.auto.tfvars

dry='' dirty=''
die() {
    echo "$*" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=1 ;;
    --dirty) dirty=1 ;;
    --)
        shift
        break
        ;;
    *) die "$1: not known; see the first lines of $0." ;;
    esac
    shift
done

run() { # a command that changes something
    if [ -n "$dry" ]; then
        printf '%q ' "$@"
        echo
    else
        "$@"
    fi
}

for program in git terraform aws; do
    command -v "$program" >/dev/null || die "$program is not here."
done
PYTHON=${PYTHON:-$([ -x "$ROOT/.venv/bin/python" ] && echo "$ROOT/.venv/bin/python" || echo python3)}

# ----------------------------------------------------------------------------- what is uploaded

REVISION=$(git -C "$ROOT" rev-parse --short=12 HEAD)
# Terraform's own lock of its providers is in no image.
if [ -n "$(git -C "$ROOT" status --porcelain -- . ':!infra/.terraform.lock.hcl')" ]; then
    [ -n "$dirty" ] || die "There are changes that are not committed (git status): commit them, or say --dirty."
    REVISION=$REVISION-dirty-$(date -u +%Y%m%d%H%M%S)
fi
export TAG=$REVISION

# ----------------------------------------------------------------------------- where it goes

outputs=$(terraform output -json) || die "terraform output fails: run terraform init first."
told() { # outputs, or parts of one, a line for each
    "$PYTHON" -c '
import json, sys
outputs = json.load(sys.stdin)
for place in sys.argv[1:]:
    found = outputs
    for part in place.split("."):
        found = found[part]
    print(found)' "$@" <<<"$outputs"
}
values=$(told repositories.value.{bot,endpoint} {models_bucket,reader,deploy,endpoint}.value \
    {architecture,endpoint_architecture}.value 2>/dev/null) ||
    die "There is no registry yet: run terraform apply first."
{ read -r bot && read -r endpoint && read -r bucket && read -r reader && read -r deploy && read -r serving &&
    read -r bot_architecture && read -r endpoint_architecture; } <<<"$values"
platform() { # of an output's word
    case $1 in
    ARM64) echo linux/arm64 ;;
    *) echo linux/amd64 ;;
    esac
}
host=${bot%%/*}
region=$(cut -d. -f4 <<<"$host")

# ----------------------------------------------------------------------------- images

BUILDER=${BUILDER:-$("$ROOT/infra/images.sh" --builder)}
export BUILDER
if [ -n "$dry" ]; then
    echo "aws ecr get-login-password --region $region | $BUILDER login --username AWS --password-stdin $host"
else
    aws ecr get-login-password --region "$region" | "$BUILDER" login --username AWS --password-stdin "$host" >&2
fi

known() { # the digest of what lies there under our tag, if anything does
    aws ecr describe-images --region "$region" --repository-name "${1#*/}" --image-ids "imageTag=$TAG" \
        --query 'imageDetails[0].imageDigest' --output text 2>/dev/null || true
}

digest=''
upload() { # builds an image and pushes it, unless this very commit's lies there: a tag cannot be written twice
    local target=$1 repository=$2 built=localhost/wherein-$1:$TAG
    PLATFORM=$(platform "$3")
    export PLATFORM
    digest=$(known "$repository")
    if [[ $digest =~ ^sha256: ]]; then
        echo "$repository:$TAG is there" >&2
        return
    fi
    run "$ROOT/infra/images.sh" "$target"
    if [ "$BUILDER" = buildah ]; then
        run buildah push "$built" "docker://$repository:$TAG"
    else
        run docker tag "$built" "$repository:$TAG"
        run docker push "$repository:$TAG"
    fi
    digest=$(known "$repository")
    if [ -n "$dry" ]; then digest=sha256:$(printf '%064d' 0); fi
    [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || die "$repository tells no digest of what was pushed to it: '$digest'."
}

upload bot "$bot" "$bot_architecture"
lines=("bot_image = \"$bot@$digest\"")

# ----------------------------------------------------------------------------- the endpoint's image, and its weights

image=''
if [ "$reader" != embedded ] && [[ " $deploy " != *" --stock "* ]]; then
    upload endpoint "$endpoint" "$endpoint_architecture"
    image=$endpoint@$digest
    packed=$(mktemp -d)
    trap 'rm -rf "$packed"' EXIT
    content=$(cd "$ROOT" && "$PYTHON" -m model.deployment.archive model/weights "$packed/model.tar.gz")
    key=models/$content/model.tar.gz
    if ! aws s3api head-object --region "$region" --bucket "$bucket" --key "$key" >/dev/null 2>&1; then
        run aws s3 cp --region "$region" "$packed/model.tar.gz" "s3://$bucket/$key"
    fi
    lines+=("endpoint_image = \"$image\"" "model_data = \"$key\"")
fi

# ----------------------------------------------------------------------------- apply

if [ -n "$dry" ]; then
    printf '%s\n' "# $TFVARS" "${lines[@]}"
else
    {
        echo "# Written by upload_image.sh for $REVISION."
        printf '%s\n' "${lines[@]}"
    } >"$TFVARS"
    terraform fmt "$TFVARS" >/dev/null
fi
run terraform apply "$@"

if [ -n "$serving" ] && [ -n "$image" ]; then # the first image is Terraform's to bring there, each later one is not
    outputs=$(terraform output -json)
    read -r -a words <<<"$(told deploy.value)"
    cd "$ROOT"
    run "$PYTHON" -m model.deploy "${words[@]}" --image "$image"
fi
