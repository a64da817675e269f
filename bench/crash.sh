#!/usr/bin/env bash
# Kills small runs at random instants, 50 times or more, and then at each system call that changes the run's folder; makes each
# of these calls fail; tears files; fills the disk; forbids files to grow. Lets each run go on, and writes what came of it into
# bench/results/crash.md. Fails where a run is lost, ends with other bits than an undisturbed one, leaves a stray file or does
# not notice what failed. System calls need strace, and a disk of its own needs the right to mount: where either is missing,
# that part is left out, and the report says why.
#
#   bench/crash.sh                 50 kills and some 250 faults: ten minutes on two cores
#   bench/crash.sh --kills 500 --seed 2
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build bench/GpuVae.Bench -c Release --nologo -v quiet
exec nice -n 19 dotnet bench/GpuVae.Bench/bin/Release/net10.0/GpuVae.Bench.dll crash --out bench/results/crash.md "$@"
