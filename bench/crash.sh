#!/usr/bin/env bash
# Kills small runs at random instants, 50 times or more, lets each go on, and writes what came of it into
# bench/results/crash.md. Fails where a run is lost or ends with other bits than one that was never killed.
#
#   bench/crash.sh                 50 kills, some minutes
#   bench/crash.sh --kills 500 --seed 2
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build bench/GpuVae.Bench -c Release --nologo -v quiet
exec nice -n 19 dotnet bench/GpuVae.Bench/bin/Release/net10.0/GpuVae.Bench.dll crash --out bench/results/crash.md "$@"
