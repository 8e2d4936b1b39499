#!/bin/sh
# Runs the Node named by NODE in a network of its own: whoever is in it has every port and every multicast group to itself.
# Beside the loopback there is a cable to nowhere, since phones and browsers take no network that has no other address than
# the loopback's. The process stays the same, so that signals and Node's own channel reach it. Needs root.
exec unshare --net -- sh -ec '
  ip link set lo up multicast on
  ip link add eth0 type veth peer name end
  ip link set end up
  ip address add 10.76.0.1/24 broadcast + dev eth0
  ip address add fd76::1/64 dev eth0 nodad
  ip link set eth0 up
  ip route add default via 10.76.0.254
  exec "$@"' sh "$NODE" "$@"
