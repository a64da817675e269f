#!/usr/bin/env bash
# Checks and measures GpuVae on a machine with an NVIDIA GPU, and PyTorch beside it where python3 has it. Needs nothing
# but the driver: it runs from the bundle that bench/publish-gpu-check.sh makes.
#
#   tar -xzf gpu-check.tar.gz && gpu-check/gpu-check.sh      from the bundle
#   bench/gpu-check.sh gpu-check.tar.gz                      from the repository: unpacks it first
#
# Options after that: --device NAME (default cuda), --out FILE (default results/<gpu>.md beside the script), --quick
# (some seconds of everything, to see that it runs). A part that fails is named in the table at the top of the file,
# and the next one starts. Exit code: 0 if all that could run passed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
device=cuda
out=
quick=
bundle=$here
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

usage() {
    echo "gpu-check.sh: $1; usage: gpu-check.sh [BUNDLE.tar.gz] [--device NAME] [--out FILE] [--quick]" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --device | --out)
            [ $# -ge 2 ] || usage "$1 needs a value"
            [ "$1" = --device ] && device=$2 || out=$2
            shift
            ;;
        --quick) quick=yes ;;
        -*) usage "$1 is not an option" ;;
        *)
            tar -C "$work" -xzf "$1" || usage "$1 is not a bundle"
            bundle=$work/gpu-check
            ;;
    esac
    shift
done
bin=$bundle/bin
[ -x "$bin/gpuvae" ] || usage "there is no bin/gpuvae beside the script; give it the bundle"
# What was measured must not depend on an installed .NET.
unset DOTNET_ROOT

ask_gpu() {
    nvidia-smi --query-gpu="$1" --format=csv,noheader 2> /dev/null | head -n 1
}

gpu=$(ask_gpu name)
name=${gpu:-$device}
slug=$(echo "$name" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
out=${out:-$here/results/$slug.md}
table=$work/table.md
failures=0

row() {
    echo "| $1 | $2 | $3 |" >> "$table"
    echo "-- $1: $2${3:+: $3}"
}

# The last line that says something and is no stack trace, fit for a cell of a table.
last_line() {
    grep -vE '^[[:space:]]*($|at )' "$1" | tail -n 1 | tr '|\r' '/ ' | cut -c 1-200
}

# part NAME COMMAND...: runs it, keeps what it writes, and enters how it went.
part() {
    local title=$1 log=$work/log start=$SECONDS code
    shift
    echo
    echo "== $title"
    "$@" > "$log" 2>&1
    code=$?
    cat "$log"
    if [ "$code" -eq 0 ]; then
        row "$title" passed "$((SECONDS - start)) s"
    else
        failures=$((failures + 1))
        row "$title" "**failed** ($code)" "$(last_line "$log")"
    fi
    return "$code"
}

run_tests() {
    "$bin/GpuVae.Tests" -noColor "$@" > "$work/tests" 2>&1
    local code=$?
    grep -E '\[FAIL\]|^ +[A-Z].*(Exception|Failure)' "$work/tests" | head -n 40
    grep -E 'Total:' "$work/tests" | tail -n 1
    return "$code"
}

# A table of skipped tests is long; what counts is that no test of this device is among them.
run_device_tests() {
    run_tests -preEnumerateTheories -displayName "*\"${device%%:*}\"*" -displayName "*_on_${device%%:*}_*"
    local code=$?
    if grep -qE "^ +${device%%:*}: there is no device" "$work/tests"; then
        echo "tests were skipped: $(grep -E "^ +${device%%:*}: there is no device" "$work/tests" | head -n 1)"
        return 1
    fi
    return "$code"
}

# precisions_of PROGRAM VERB: those to measure; only the default where the verb cannot choose.
precisions_of() {
    if [ "${device%%:*}" = cuda ] && "$1" "$2" --help | grep -q -e --precision; then
        echo fp32 tf32 bf16
        [ "$2" = train ] || echo 3xtf32
    else
        echo default
    fi
}

# bench_verb PRECISION VERB OPTIONS...: a section for the file.
bench_verb() {
    local precision=$1 verb=$2 choice=()
    shift 2
    [ "$precision" = default ] || choice=(--precision "$precision")
    printf '# Sections\n' > "$work/section"
    "$bin/GpuVae.Bench" "$verb" --device "$device" ${choice[@]+"${choice[@]}"} "$@" --out "$work/section"
    local code=$?
    # Only the section, without the heading that it was appended to, and named by its precision.
    awk '/^## / { inside = 1 } inside' "$work/section" \
        | sed -E "s/^## (.*)/\\n## \\1${choice[1]:+, $precision}/; s/, commit unknown\././" >> "$work/sections.md"
    return "$code"
}

# quality DEVICE PRECISION: the test loss after ten epochs with the default model.
quality() {
    local run=$work/run-$1-$2 precision=()
    [ "$2" = default ] || precision=(--precision "$2")
    "$bin/gpuvae" train --device "$1" ${precision[@]+"${precision[@]}"} --epochs "$epochs" --out "$run" --verbose ${limit[@]+"${limit[@]}"}
    local code=$?
    [ "$code" -eq 0 ] || return "$code"
    local last loss rate how
    last=$(tail -n 1 "$run/metrics.jsonl")
    loss=$(echo "$last" | sed -E 's/.*"test_loss": ?([0-9.eE+-]+).*/\1/')
    rate=$(echo "$last" | sed -E 's/.*"seconds": ?([0-9.eE+-]+).*/\1/')
    how=$(sed -n 's/^steps ran //p' "$work/log" | tail -n 1)
    echo "| $1 | $2 | $loss | $rate | $how |" >> "$work/quality.md"
}

peers() {
    python3 "$bundle/peers/vae_torch.py" --data "$bin/mnist" --device "${device%%:*}" "${peer_options[@]}" \
        > "$work/torch.md"
    local code=$?
    cat "$work/torch.md"
    return "$code"
}

compare() {
    python3 "$bundle/peers/compare.py" "$work/sections.md" "$work/torch.md" > "$work/compared.md"
    local code=$?
    cat "$work/compared.md"
    return "$code"
}

epochs=10
seconds=0.3
pairs=5
steps=100
limit=()
images=()
batches=(128 8192)
peer_options=(--epochs 5)
if [ -n "$quick" ]; then
    epochs=1
    seconds=0.01
    pairs=1
    steps=2
    limit=(--limit 512)
    images=(--images 512)
    batches=(128)
    peer_options=(--epochs 1 --images 512 --batches 128)
fi

part "devices" "$bin/gpuvae" devices
part "tests on $device" run_device_tests
part "all tests" run_tests
part "losses beside the CPU's" bench_verb default parity --steps "$steps"
for precision in $(precisions_of "$bin/GpuVae.Bench" kernels); do
    part "kernels, $precision" bench_verb "$precision" kernels --seconds "$seconds"
    part "epoch, $precision" bench_verb "$precision" epoch --models 784-400-20 --batches "${batches[@]}" \
        --pairs "$pairs" ${images[@]+"${images[@]}"}
done

[ "$device" = cpu ] || part "quality on the CPU" quality cpu default
for precision in $(precisions_of "$bin/gpuvae" train); do
    part "quality on $device, $precision" quality "$device" "$precision"
done

if python3 -c 'import torch' > /dev/null 2>&1; then
    part "PyTorch" peers
    if [ -s "$work/torch.md" ] && [ -s "$work/sections.md" ]; then
        part "comparison" compare
    fi
else
    row "PyTorch" skipped "python3 is missing or has no torch"
fi

mkdir -p "$(dirname "$out")"
{
    echo "# $name"
    echo
    if [ -n "$gpu" ]; then
        echo "Driver $(ask_gpu driver_version), memory $(ask_gpu memory.total), compute capability $(ask_gpu compute_cap)," \
            "clocks up to $(ask_gpu clocks.max.sm) (SM) and $(ask_gpu clocks.max.memory) (memory)."
    else
        echo "nvidia-smi found no GPU: this is device $device."
    fi
    echo "$(uname -sr), $(date -u +%Y-%m-%d), commit $(cat "$bundle/commit" 2> /dev/null || echo unknown)." \
        "Made by \`bench/gpu-check.sh\`${quick:+ with --quick: its times mean nothing}."
    echo
    echo "| part | result | |"
    echo "| --- | --- | --- |"
    cat "$table"
    if [ -s "$work/compared.md" ]; then
        printf '\n## beside PyTorch\n\n'
        cat "$work/compared.md"
    fi
    [ ! -s "$work/sections.md" ] || cat "$work/sections.md"
    if [ -s "$work/quality.md" ]; then
        printf '\n## quality\n\nThe default model after %s epochs on MNIST, nats per image.\n\n' "$epochs"
        echo "| device | precision | test loss | seconds of the last epoch | steps ran |"
        echo "| --- | --- | ---: | ---: | --- |"
        cat "$work/quality.md"
    fi
    if [ -s "$work/torch.md" ]; then
        printf '\n## PyTorch\n\n'
        cat "$work/torch.md"
    fi
} > "$out"
echo
cat "$table"
echo "written: $out"
[ "$failures" -eq 0 ]
