#!/usr/bin/env bash
# Trains for an hour with a checkpoint each minute, and writes the resident memory of each minute into
# bench/results/soak.md. Fails where it grows by more than 5 %.
#
#   bench/soak.sh                  an hour
#   bench/soak.sh --minutes 5
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build bench/GpuVae.Bench -c Release --nologo -v quiet
exec nice -n 19 dotnet bench/GpuVae.Bench/bin/Release/net10.0/GpuVae.Bench.dll soak --out bench/results/soak.md "$@"
