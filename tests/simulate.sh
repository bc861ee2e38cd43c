#!/usr/bin/env bash
# A simulated city (docs/simulate.md): the same arguments end with the same digest, also when the program was killed on
# the way, its disk failed and its clock jumped; the invariants hold at the end.
#
#   tests/simulate.sh YIMEN          a thousand matters, in seconds
#   tests/simulate.sh YIMEN long     ten seeds of thirty thousand matters, each also with faults; two at a time
set -euo pipefail
yimen=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export YIMEN_LOG_LEVEL=error
brief= # the report has verified every order: not twice where there are many

fail() {
    echo "simulate: $*" >&2
    exit 1
}
# simulate NAME ARGUMENT...: runs to its end; the words it printed are in NAME.out
simulate() {
    local name=$1
    shift
    "$yimen" --data "$folder/$name" simulate "$@" >"$folder/$name.out" 2>"$folder/$name.err" ||
        fail "$name: $(tail -3 "$folder/$name.err")"
    grep -q '问题 0 处' "$folder/$name.out" || fail "$name: $(cat "$folder/$name.out")"
    grep -q '没有被拒绝 0 次' "$folder/$name.out" || fail "$name: a mistake was taken: $(cat "$folder/$name.out")"
    [ -n "$brief" ] || "$yimen" --data "$folder/$name" verify >"$folder/$name.verify" || fail "$name: $(cat "$folder/$name.verify")"
}
digest() {
    grep -o '指纹 [0-9a-f]*' "$folder/$1.out"
}
same() {
    [ "$(digest "$1")" = "$(digest "$2")" ] || fail "$1 and $2 end differently"
}

short() {
    local small=(--days 12 --matters 1000 --begin 2025-03-03)

    simulate plain "${small[@]}" --seed 3
    # Killed again and again, wherever that is; each time it gets a little further.
    for tenths in 3 6 9 12 15; do
        timeout -s KILL "$((tenths / 10)).$((tenths % 10))" \
            "$yimen" --data "$folder/killed" simulate "${small[@]}" --seed 3 >/dev/null 2>&1 || true
    done
    simulate killed "${small[@]}" --seed 3
    same plain killed

    "$yimen" --data "$folder/killed" simulate "${small[@]}" --seed 4 >/dev/null 2>&1 &&
        fail "it went on with another seed"

    simulate faults "${small[@]}" --seed 3 --faults
    simulate again "${small[@]}" --seed 3 --faults
    same faults again
    [ "$(digest plain)" != "$(digest faults)" ] || fail "the clock did not jump"
    grep -q '重新开始 [1-9]' "$folder/faults.out" || fail "it never killed itself"
    for file in simulate.xlsx simulate.html; do
        [ -s "$folder/plain/$file" ] || fail "no $file"
    done
}

one_seed() {
    simulate "plain$1" --days 60 --matters 30000 --begin 2025-03-03 --seed "$1"
    simulate "faults$1" --days 60 --matters 30000 --begin 2025-03-03 --seed "$1" --faults
    echo "seed $1: $(head -1 "$folder/plain$1.out")"
    rm -rf "$folder/plain$1" "$folder/faults$1"
}
long() {
    local seed
    for seed in 1 3 5 7 9; do
        one_seed "$seed" &
        local other=$!
        one_seed "$((seed + 1))"
        wait "$other"
    done
}

if [ "${2:-}" = long ]; then
    brief=yes
    long
else
    short
fi
