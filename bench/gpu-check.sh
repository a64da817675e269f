#!/usr/bin/env bash
# Checks and measures GpuVae on a machine with an NVIDIA GPU, and PyTorch beside it where python3 has it. Needs nothing
# but the driver: it runs from the bundle that bench/publish-gpu-check.sh makes.
#
#   bench/gpu-check.sh gpu-check.tar.xz                      from the repository, whose MNIST it takes
#   gpu-check/gpu-check.sh --mnist FOLDER                    from the bundle, unpacked
#
# Options after that: --device NAME (default cuda), --out FILE (default results/<gpu>.md beside the script), --mnist FOLDER
# (MNIST's four files), --total SECONDS (default 470), --quick (some seconds of everything, to see that it runs, in under a
# minute). What tells most comes first, each part has a limit of its own, and FILE is written anew after each: a run that is
# ended leaves what it has. A part that fails is named in the table at the top of the file, and the next one starts.
# Exit code: 0 if all that could run passed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
device=cuda
out=
quick=
total=470
mnist=$here/../src/GpuVae.Data.Mnist/mnist
bundle=$here
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

usage() {
    echo "gpu-check.sh: $1; usage: gpu-check.sh [BUNDLE.tar.xz] [--device NAME] [--out FILE] [--mnist FOLDER] [--total SECONDS] [--quick]" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --device | --out | --mnist | --total)
            [ $# -ge 2 ] || usage "$1 needs a value"
            case $1 in
                --device) device=$2 ;;
                --out) out=$2 ;;
                --mnist) mnist=$2 ;;
                --total) total=$2 ;;
            esac
            shift
            ;;
        --quick)
            quick=yes
            total=58
            ;;
        -h | --help)
            sed -nE '2,/^[^#]/s/^# ?//p' "${BASH_SOURCE[0]}"
            exit
            ;;
        -*) usage "$1 is not an option" ;;
        *)
            # Not every machine has xz; Python reads its files by itself.
            tar -C "$work" -xJf "$1" 2> /dev/null || python3 -m tarfile -e "$1" "$work" 2> /dev/null || usage "$1 is not a bundle"
            bundle=$work/gpu-check
            ;;
    esac
    shift
done
[[ $total =~ ^[0-9]+$ ]] || usage "--total $total: must be whole seconds"
bin=$bundle/bin
[ -x "$bin/gpuvae" ] || usage "there is no bin/gpuvae in $bundle; give the bundle that bench/publish-gpu-check.sh makes"
if [ ! -e "$bin/mnist" ]; then
    [ -d "$mnist" ] || usage "$mnist is not there; --mnist names the folder of MNIST's files"
    ln -s "$(cd "$mnist" && pwd)" "$bin/mnist"
fi
# What was measured must not depend on an installed .NET.
unset DOTNET_ROOT

ask_gpu() {
    nvidia-smi --query-gpu="$1" --format=csv,noheader 2> /dev/null | head -n 1
}

gpu=$(ask_gpu name)
name=${gpu:-$device}
slug=$(echo "$name" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
out=${out:-$here/results/$slug.md}
mkdir -p "$(dirname "$out")"
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

# part SECONDS TITLE COMMAND...: runs it for so long at most, keeps what it writes, and enters how it went.
part() {
    local limit=$1 title=$2 log=$work/log start=$SECONDS code job
    shift 2
    [ "$limit" -le $((total - SECONDS)) ] || limit=$((total - SECONDS))
    if [ "$limit" -lt 2 ]; then
        row "$title" "left out" "the $total s for the whole were over"
        return
    fi
    echo
    echo "== $title"
    # A group of its own, which is ended whole.
    set -m
    "$@" > "$log" 2>&1 < /dev/null &
    job=$!
    set +m
    while kill -0 "$job" 2> /dev/null && [ $((SECONDS - start)) -lt "$limit" ]; do
        sleep 0.1
    done
    if kill -0 "$job" 2> /dev/null; then
        kill -TERM -- "-$job" 2> /dev/null
        sleep 1
        kill -KILL -- "-$job" 2> /dev/null
        wait "$job" 2> /dev/null
        code=124
    else
        wait "$job"
        code=$?
    fi
    cat "$log"
    case $code in
        0) row "$title" passed "$((SECONDS - start)) s" ;;
        124)
            failures=$((failures + 1))
            row "$title" "**ended** after $limit s" "$(last_line "$log")"
            ;;
        *)
            failures=$((failures + 1))
            row "$title" "**failed** ($code)" "$(last_line "$log")"
            ;;
    esac
    write_result
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
    run_tests -preEnumerateTheories -displayName "*\"${device%%:*}\"*" -displayName "*_on_${device%%:*}_*" ${few[@]+"${few[@]}"}
    local code=$?
    if grep -qE "^ +${device%%:*}: there is no device" "$work/tests"; then
        echo "tests were skipped: $(grep -E "^ +${device%%:*}: there is no device" "$work/tests" | head -n 1)"
        return 1
    fi
    if ! grep -qE 'Total: [1-9]' "$work/tests"; then
        echo "no test ran"
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
    "$bin/gpuvae" train --device "$1" ${precision[@]+"${precision[@]}"} --epochs "$epochs" --out "$run" --verbose ${train_limit[@]+"${train_limit[@]}"} \
        | tee "$work/quality-log"
    local code=$?
    [ "$code" -eq 0 ] || return "$code"
    local last loss rate how
    last=$(tail -n 1 "$run/metrics.jsonl")
    loss=$(echo "$last" | sed -E 's/.*"test_loss": ?([0-9.eE+-]+).*/\1/')
    rate=$(echo "$last" | sed -E 's/.*"seconds": ?([0-9.eE+-]+).*/\1/')
    how=$(sed -n 's/^steps ran //p' "$work/quality-log" | tail -n 1)
    echo "| $1 | $2 | $loss | $rate | $how |" >> "$work/quality.md"
}

# peers OPTIONS...: tables of PyTorch's, and ours beside them.
peers() {
    python3 "$bundle/peers/vae_torch.py" --data "$bin/mnist" --device "${device%%:*}" "${peer_options[@]}" "$@" \
        | tee -a "$work/torch.md"
    local code=$?
    [ ! -s "$work/sections.md" ] || python3 "$bundle/peers/compare.py" "$work/sections.md" "$work/torch.md" > "$work/compared.md"
    return "$code"
}

# What a step's kernels take by the GPU's own counters, at the clocks that it has in use.
profile() {
    ncu --clock-control none --graph-profiling node --target-processes all --launch-skip 60 --launch-count 30 \
        --metrics gpu__time_duration.sum,sm__throughput.avg.pct_of_peak_sustained_elapsed,dram__throughput.avg.pct_of_peak_sustained_elapsed \
        "$bin/gpuvae" train --device "$device" --epochs 1 --limit 1280 --pictures none --out "$work/run-profile" > "$work/profile" 2>&1
    local code=$?
    grep -E '^ +[A-Za-z].*(Context|\(|gpu__|sm__|dram__)' "$work/profile" > "$work/profile.txt" || tail -n 40 "$work/profile" > "$work/profile.txt"
    cat "$work/profile.txt"
    return "$code"
}

sanitize() {
    compute-sanitizer --tool "$1" --error-exitcode 1 \
        "$bin/gpuvae" train --device "$device" --epochs 1 --limit 256 --pictures none --out "$work/run-$1" 2>&1 | tail -n 30
}

# Of what there is so far; a file that is there stays whole until the next is.
write_result() {
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
        if [ -s "$work/profile.txt" ]; then
            printf '\n## profile\n\n```\n'
            cat "$work/profile.txt"
            printf '```\n'
        fi
        if [ -s "$work/torch.md" ]; then
            printf '\n## PyTorch\n\n'
            cat "$work/torch.md"
        fi
    } > "$work/result.md"
    cp "$work/result.md" "$out.new" && mv "$out.new" "$out"
}

epochs=10
seconds=0.05
pairs=5
steps=100
train_limit=()
images=()
few=()
batches=(128 8192)
peer_options=(--epochs 5)
if [ -n "$quick" ]; then
    epochs=1
    seconds=0.01
    pairs=1
    steps=2
    train_limit=(--limit 512)
    images=(--images 512)
    # Of the device's tests those of one operation.
    few=(-class "*.MultiplyTests")
    batches=(128)
    peer_options=(--epochs 1 --images 512 --batches 128)
fi

bench_precisions=$(precisions_of "$bin/GpuVae.Bench" epoch)
has_torch=
! python3 -c 'import torch' > /dev/null 2>&1 || has_torch=yes

part 20 "devices" "$bin/gpuvae" devices
part 40 "losses beside the CPU's" bench_verb default parity --steps "$steps"
for precision in $bench_precisions; do
    part 40 "epoch, $precision" bench_verb "$precision" epoch --models 784-400-20 --batches "${batches[@]}" \
        --pairs "$pairs" ${images[@]+"${images[@]}"}
done
if [ -n "$has_torch" ]; then
    part 60 "PyTorch, eager and graph" peers --parts epoch --ways eager,graph
else
    row "PyTorch" skipped "python3 is missing or has no torch"
fi
if command -v ncu > /dev/null; then
    part 40 "profile of a step" profile
else
    row "profile of a step" skipped "there is no ncu"
fi
part 120 "tests on $device" run_device_tests
for precision in $bench_precisions; do
    part 30 "products, $precision" bench_verb "$precision" kernels --seconds "$seconds"
done
[ -z "$has_torch" ] || part 40 "PyTorch, products" peers --parts products
for precision in $(precisions_of "$bin/gpuvae" train); do
    part 20 "quality on $device, $precision" quality "$device" "$precision"
done
[ "$device" = cpu ] || part 60 "quality on the CPU" quality cpu default
for tool in memcheck racecheck; do
    if command -v compute-sanitizer > /dev/null; then
        part 40 "compute-sanitizer $tool" sanitize "$tool"
    else
        row "compute-sanitizer $tool" skipped "there is no compute-sanitizer"
    fi
done
[ -z "$has_torch" ] || part 90 "PyTorch, compiled" peers --parts epoch --ways "compile,compiled graph"

write_result
echo
cat "$table"
echo "written: $out"
[ "$failures" -eq 0 ]
