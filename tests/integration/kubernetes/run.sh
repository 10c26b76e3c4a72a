#!/bin/sh
# The Kubernetes manifests against the schemas of their kinds, and a manifest with a mistake, which
# must be found. Usage: run.sh DEPLOY_FOLDER WORK_FOLDER
# Exit code 77: skipped, since Node.js or its packages are not to be had.
set -eu
deploy=$1 work=$2
here=$(cd "$(dirname "$0")" && pwd)

for program in node npm; do
  command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
mkdir -p "$work"
cp "$here/package.json" "$here/validate.mjs" "$work/"
cd "$work"
if [ ! -d node_modules/kubernetes-models ] || [ ! -d node_modules/yaml ]; then
  npm install --no-package-lock --no-audit --no-fund --loglevel=error ||
    { echo "skipped: npm cannot get the packages"; exit 77; }
fi

node validate.mjs "$deploy"/kubernetes/*.yaml
sed 's/replicas: 1/replicas: one/' "$deploy/kubernetes/strowger.yaml" >mistake.yaml
if node validate.mjs mistake.yaml; then
  echo "a mistake was not found"
  exit 1
fi
# The rules that the manifests mount are where they say.
grep -q 'rules.yaml=rules/example.yaml' "$deploy/kustomization.yaml"
test -f "$deploy/rules/example.yaml"
