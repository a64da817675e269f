#!/usr/bin/env bash
# Makes the bundle that bench/gpu-check.sh takes to a machine with an NVIDIA GPU and no .NET: the tests, the runner and
# the benchmark for Linux on x64, which share one copy of the runtime, and the scripts. MNIST stays in the repository, which goes along. Needs the .NET SDK and xz.
#
#   bench/publish-gpu-check.sh [FILE]     writes FILE, by default artifacts/gpu-check.tar.xz
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

archive=${1:-artifacts/gpu-check.tar.xz}
limit_megabytes=50 # many who lend machines take 64 MiB in all, the repository in it
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle="$work/gpu-check"

# Nothing is trimmed: ILGPU reads the code of kernels, and xunit the tests, by reflection.
for project in src/GpuVae.Console bench/GpuVae.Bench tests/GpuVae.Tests; do
    echo "publishing $project"
    dotnet publish "$project" -c Release -r linux-x64 --self-contained -o "$bundle/bin" --nologo -v quiet \
        -p:RunAnalyzers=false -p:DebugType=none -p:PublishTrimmed=false -p:SatelliteResourceLanguages=en \
        --artifacts-path "$work/build"
done
# Debugging aids of the runtime, which nothing here loads.
rm -rf "$bundle/bin/mnist"
rm -f "$bundle"/bin/{createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,*.pdb,*.xml}

mkdir -p "$bundle/peers"
cp bench/gpu-check.sh "$bundle/"
cp bench/peers/*.py "$bundle/peers/"
commit=$(git rev-parse --short=10 HEAD 2> /dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2> /dev/null)" ] || commit="$commit with changes"
echo "$commit" > "$bundle/commit"

mkdir -p "$(dirname "$archive")"
tar -C "$work" -cf - gpu-check | xz -T0 -6 > "$archive"
packed=$(($(stat -c %s "$archive") / 1000000))
unpacked=$(du -s --block-size=1MB "$bundle" | cut -f 1)
echo "$archive: $packed MB, unpacked $unpacked MB"
if [ "$packed" -ge "$limit_megabytes" ]; then
    echo "the bundle is larger than $limit_megabytes MB" >&2
    exit 1
fi
