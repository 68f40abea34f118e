# Sourced by the commands of deploy/ and tests/: messages, packages, Bazel, waiting. For bash; sets -euo pipefail.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
    printf '%s\n' "$*"
}

step() {
    printf '\n==> %s\n' "$*"
}

# fail MESSAGE [LOG FILE]: says what failed and where its log is, with the log's end, and exits with 1.
fail() {
    printf '\nFAILED: %s\n' "$1" >&2
    if [ -n "${2:-}" ] && [ -s "$2" ]; then
        printf 'Its log is %s, which ends with:\n' "$2" >&2
        tail -n 15 "$2" | sed 's/^/    /' >&2
    fi
    exit 1
}

# What is installed with apt, by purpose. libcurl's OpenSSL flavour is built with nghttp2.
PACKAGES_BUILD="bazel-bootstrap gcc g++ protobuf-c-compiler libprotobuf-c-dev libevent-dev libjansson-dev libssl-dev
    libsqlite3-dev libyaml-dev libcurl4-openssl-dev libnghttp2-dev python3-dev python3-pip python3-setuptools
    python3-wheel python3-venv unzip"
PACKAGES_DEMO="python3-django gunicorn curl"
PACKAGES_TESTS="$PACKAGES_DEMO python3-numpy libpython3.11-testsuite libgtest-dev libgmock-dev clang clang-format libclang-rt-14-dev binutils procps nghttp2-proxy
    faketime libfaketime openssl"

# need_packages PACKAGE...: installs those that are missing. Needs root or sudo only if any is.
need_packages() {
    local package missing=() sudo=() log

    for package in "$@"; do
        if ! dpkg-query -W -f='${Status} ${Provides}\n' "$package" 2>/dev/null | grep -q 'ok installed'; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    step "Installing ${#missing[@]} packages: ${missing[*]}"
    command -v apt-get >/dev/null || fail "these packages are missing, and there is no apt-get to install them with: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "installing packages needs root or sudo"
        sudo=(sudo --non-interactive)
    fi
    log=$(mktemp --suffix=.apt.log)
    with_progress "$log" "${sudo[@]}" apt-get update -q ||
        say "    (the package lists could not be refreshed; trying with the ones that are there)"
    with_progress "$log" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" || fail "apt-get install" "$log"
    rm -f "$log"
}

# with_progress LOG COMMAND...: runs it with its output in LOG, and a dot every two seconds. Returns its exit status.
with_progress() {
    local log=$1 status=0 pid
    shift

    "$@" >>"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        # Returns at once when the command ends, unlike a sleep in the foreground.
        timeout 2 tail --pid="$pid" -f /dev/null || printf '.'
    done
    wait "$pid" || status=$?
    printf '\n'
    return "$status"
}

# wait_until SECONDS WHAT COMMAND...: repeats the command until it succeeds, with a dot every second. Fails after SECONDS.
wait_until() {
    local deadline=$((SECONDS + $1)) what=$2 tick=0
    shift 2

    printf '    waiting for %s ' "$what"
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || {
            printf '\n'
            return 1
        }
        sleep 0.1
        tick=$((tick + 1))
        [ $((tick % 10)) -ne 0 ] || printf '.'
    done
    printf 'ok\n'
}

# run_bazel COMMAND...: Bazel in the checkout. A machine without a home folder gets its cache in /var/tmp.
run_bazel() {
    local startup=()

    [ -n "${HOME:-}" ] && [ -w "${HOME:-}" ] || startup=(--output_user_root=/var/tmp/snapshot-debugger-bazel)
    (cd "$ROOT" && bazel ${startup[@]+"${startup[@]}"} "$@")
}
