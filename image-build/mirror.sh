#!/usr/bin/env bash
# Prints the Debian mirror that this machine's apt uses: no address is written in the project.
mirror=$(sed -nE 's/^URIs:[[:space:]]*(\S+\/debian\/?)([[:space:]].*)?$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)
[ -n "$mirror" ] || mirror=$(sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?(\S+\/debian\/?)[[:space:]].*$/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "no Debian mirror in this machine's apt sources: add a line 'deb MIRROR/debian SUITE main'" >&2; exit 1; }
printf '%s\n' "$mirror"
