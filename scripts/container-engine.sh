#!/usr/bin/env bash
# A container engine and an image with Node.js where there is neither: on a fresh machine, in CI, without a registry.
# Try it: scripts/container-engine.sh up && npx harness test --driver docker --nemesis pause-leader; scripts/container-engine.sh down
#
#   up     an engine that answers (installed from Debian's packages and started, if need be) and the base image
#   base   the base image alone: a minimal Debian with this machine's own Node.js
#   down   stops the engine if `up` started it; images stay, so that the next `up` has little to do
set -euo pipefail

readonly base_image=seamproof-base:latest
readonly socket=/var/run/docker.sock
readonly state=/run/seamproof-engine
# Addresses set aside for benchmarking (RFC 2544), which are nobody's: the usual ones may be routed to real machines.
readonly bridge_address=198.18.0.1/24
readonly network_pool=base=198.19.0.0/16,size=24
readonly start_within_seconds=30

fail() {
  printf 'container-engine: %s\n' "$1" >&2
  exit 1
}

answers() {
  curl --silent --fail --max-time 5 --unix-socket "$socket" http://engine/_ping >/dev/null 2>&1
}

install_packages() {
  local missing=()
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  [ "$(id -u)" -eq 0 ] || fail "needs ${missing[*]}; install them, or run this as root"
  command -v apt-get >/dev/null || fail "needs ${missing[*]}, and there is no apt-get to install them with"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

start_engine() {
  answers && return 0
  install_packages dockerd:docker.io iptables:iptables curl:curl
  [ "$(id -u)" -eq 0 ] || fail "no engine answers at $socket; start one, or run this as root"
  # Debian starts it by itself where there is a service manager.
  answers && return 0
  mkdir -p "$state"
  setsid dockerd --bip "$bridge_address" --default-address-pool "$network_pool" --pidfile "$state/dockerd.pid" \
    >"$state/dockerd.log" 2>&1 </dev/null &
  local deadline=$((SECONDS + start_within_seconds))
  until answers; do
    if [ $SECONDS -ge $deadline ]; then
      tail -n 20 "$state/dockerd.log" >&2
      fail "dockerd did not answer within $start_within_seconds s; the end of its log is above"
    fi
    sleep 0.2
  done
}

has_base_image() {
  curl --silent --fail --unix-socket "$socket" "http://engine/images/$base_image/json" >/dev/null 2>&1
}

make_base_image() {
  has_base_image && return 0
  install_packages debootstrap:debootstrap curl:curl tar:tar
  [ "$(id -u)" -eq 0 ] || fail 'making the base image needs root (debootstrap does)'
  local mirror suite node
  node="$(readlink -f "$(command -v node)")" || fail 'there is no node on this machine to put into the image'
  # The mirror that this machine itself uses.
  mirror="$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)"
  suite="$(. /etc/os-release && echo "$VERSION_CODENAME")"
  root="$(mktemp -d)"
  trap 'rm -rf "$root" "$root.log"' EXIT
  chmod 755 "$root"
  debootstrap --variant=minbase --include=iptables,iproute2,ca-certificates "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" \
    >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; fail 'debootstrap failed; the end of its log is above'; }
  install -m 755 "$node" "$root/usr/local/bin/node"
  chroot "$root" node --version >/dev/null || fail "this machine's node does not run in the image: it needs a library that a minimal Debian lacks"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}
  tar -C "$root" -c . | curl --silent --show-error --fail --unix-socket "$socket" -X POST -H 'Content-Type: application/x-tar' -T - \
    "http://engine/images/create?fromSrc=-&repo=${base_image%%:*}&tag=${base_image##*:}" >/dev/null
  has_base_image || fail 'the engine did not take the base image'
}

stop_engine() {
  local pid
  [ -f "$state/dockerd.pid" ] || return 0
  pid="$(cat "$state/dockerd.pid")"
  kill "$pid" 2>/dev/null || return 0
  local deadline=$((SECONDS + start_within_seconds))
  while kill -0 "$pid" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || fail "dockerd (process $pid) does not end"
    sleep 0.2
  done
}

case "${1:-}" in
  up) start_engine && make_base_image ;;
  base) answers || fail "no engine answers at $socket; \`$0 up\` starts one"; make_base_image ;;
  down) stop_engine ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 64 ;;
esac
