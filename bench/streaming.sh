#!/bin/bash
# Trains on pictures that stay in their file, beside the same shapes in memory, and kills such a run again and again:
#   bench/streaming.sh [GB [KILLS]]     by default 20 GB and 5 kills; the disk needs as much
# The pictures are MNIST's bytes, cut into 64×64 of three colours and repeated. Prints throughput, the largest memory and the hashes of
# the checkpoints, of which that of the killed run has to be that of the other.
set -euo pipefail
cd "$(dirname "$0")/.."
gb=${1:-20} kills=${2:-5}
dotnet build -c Release -v q -clp:ErrorsOnly src/GpuVae.Console
program=$PWD/src/GpuVae.Console/bin/Release/net10.0/gpuvae
mnist=$(dirname "$program")/mnist/train-images-idx3-ubyte.gz
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

picture=$((64 * 64 * 3)) once=3828
gunzip -c "$mnist" | tail -c +17 | head -c $((once * picture)) > some
pictures() { # NAME REPEATS
    {
        printf '\0\0\10\4'
        for size in $((once * $2)) 64 64 3; do printf "\\x$(printf %02x $((size >> 24 & 255)))\\x$(printf %02x $((size >> 16 & 255)))\\x$(printf %02x $((size >> 8 & 255)))\\x$(printf %02x $((size & 255)))"; done
        for ((i = 0; i < $2; i++)); do cat some; done
    } > "$1"
}
pictures few-images-idx4-ubyte 20
pictures many-images-idx4-ubyte $((gb * 1000 * 1000 * 1000 / (once * picture) + 1))
ls -l ./*-ubyte

options=(--batch 512 --hidden 64 --latent 8 --pictures none)
train() { # NAME OPTIONS: a line of throughput, seconds and memory
    local name=$1
    shift
    /usr/bin/time -o time.txt -f '%M' "$program" train "${options[@]}" --out "$name" "$@" > "$name.txt" 2>&1
    echo "$name: $(grep throughput "$name.txt" | tr -s ' '), at most $(($(cat time.txt) / 1000)) MB of memory"
}
for round in 1 2 3; do
    train "in-memory-$round" --data few-images-idx4-ubyte --epochs 2
    train "streamed-few-$round" --data few-images-idx4-ubyte --epochs 2 --data-memory 400MB
done
train whole --data many-images-idx4-ubyte --epochs 1 --data-memory 400MB --checkpoint-every 15s

"$program" train "${options[@]}" --data many-images-idx4-ubyte --epochs 1 --data-memory 400MB --checkpoint-every 15s --out killed > killed.txt 2>&1 &
for ((kill = 1; kill <= kills; kill++)); do
    sleep $((15 + RANDOM % 25))
    kill -KILL $! 2> /dev/null || true
    wait $! 2> /dev/null || true
    "$program" train --resume killed > "resumed-$kill.txt" 2>&1 &
done
wait
grep -h '^resumed' resumed-*.txt || true
sha256sum whole/checkpoint.safetensors killed/checkpoint.safetensors
