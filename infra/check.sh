#!/usr/bin/env bash
# Checks infra/ as far as this machine can: infra/check.sh [--all]
#
# Format, validity, and the stack as it is planned against a mocked provider; with --all also each refusal of each
# variable and the three examples, a minute more. TF_PLUGIN_DIR names a folder of providers where their registry cannot be reached. What
# cannot be run is said in the last line, and is no failure.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v terraform >/dev/null; then
    echo "not run: terraform, which is not on this machine"
    exit
fi
init=(-backend=false -input=false)
if [ -n "${TF_PLUGIN_DIR:-}" ]; then
    init+=("-plugin-dir=$TF_PLUGIN_DIR")
    TF_CLI_CONFIG_FILE=$(mktemp)
    export TF_CLI_CONFIG_FILE
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy" ${TF_PLUGIN_DIR:+"$TF_CLI_CONFIG_FILE"}' EXIT

terraform fmt -check -recursive -diff .
cp -r ./*.tf tests examples "$copy" # init leaves nothing here
cd "$copy"
if ! said=$(terraform init -no-color "${init[@]}" 2>&1); then
    [[ $said == *"query available provider packages"* || $said == *"install provider"* ]] || {
        echo "$said"
        exit 1
    }
    echo "not run: terraform validate and terraform test, whose AWS provider cannot be had on this machine"
    exit
fi
terraform validate -no-color
if [ "${1:-}" = --all ]; then
    terraform test -no-color
    for example in examples/*.tfvars; do
        echo "$example"
        terraform test -no-color -var-file="$example" -filter=tests/examples.tftest.hcl
    done
else
    terraform test -no-color -filter=tests/wherein.tftest.hcl
    echo "not run: the refusals of each variable; make infra-test runs them"
fi
