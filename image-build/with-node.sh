#!/usr/bin/env bash
# Runs a program with the project's pinned Node: with-node.sh FILE [ARGUMENTS]
here=$(cd "$(dirname "$0")/.." && pwd)
node="$here/.tools/node/node_modules/node/node_modules/node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')/bin"
export PATH="$node:$PATH" NODE_OPTIONS="${NODE_OPTIONS:-} --disable-warning=ExperimentalWarning"
exec node "$@"
