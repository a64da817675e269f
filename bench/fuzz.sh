#!/usr/bin/env bash
# Gives every reader of files 100,000 hostile ones, with a heap of 256 MB, and writes what became of them into
# bench/results/fuzz.md. Fails where one gets through; it is kept in artifacts/fuzz. Options go to the verb fuzz:
#
#   bench/fuzz.sh                                  all readers, some minutes
#   bench/fuzz.sh --readers safetensors --inputs 1000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build bench/GpuVae.Bench -c Release --nologo -v quiet
# Files in memory where the system has a place for that: each input is one.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
    export TMPDIR=/dev/shm
fi
# The limit, in hexadecimal, is for the fuzzing alone: the build needs more.
DOTNET_GCHeapHardLimit=10000000 exec nice -n 19 \
    dotnet bench/GpuVae.Bench/bin/Release/net10.0/GpuVae.Bench.dll fuzz --out bench/results/fuzz.md "$@"
