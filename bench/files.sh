#!/usr/bin/env bash
# Trains on every table of a folder with no option but the file and the preset for anomalies, detects, and writes a
# table: what each file is, how well scores part its classes, and what was said about its columns.
#   bench/files.sh FOLDER [OUT.md]
# The folder holds .npz or .csv files whose labels are 0 for normal rows and 1 for anomalies, such as ADBench's
# (Han et al. 2022). A second run with gaussian beside the preset's laplace shows that the scores run the right way.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -ge 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
folder=$(realpath "$1")
out=${2:-bench/results/files.md}
dotnet build -c Release -v q -clp:ErrorsOnly src/GpuVae.Console
gpuvae=(dotnet "$PWD/src/GpuVae.Console/bin/Release/net10.0/gpuvae.dll")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The area under the ROC curve that detect prints for a run on its held-out rows, or what went wrong.
auc() {
    local run=$1
    shift
    if ! "${gpuvae[@]}" train --data "$file" --preset anomaly --device cpu --out "$work/$run" "$@" \
        > "$work/$run.txt" 2> "$work/$run.err"; then
        echo "not trained: $(tail -n 1 "$work/$run.err")"
        return
    fi
    if ! "${gpuvae[@]}" detect "$work/$run" --data "$file" --positive 1 --device cpu --out "$work/$run.csv" \
        > "$work/$run.detect" 2> "$work/$run.detect.err"; then
        echo "not scored: $(tail -n 1 "$work/$run.detect.err")"
        return
    fi
    sed -nE 's/^ROC AUC +([0-9.]+).*/\1/p' "$work/$run.detect"
}

{
    echo "# Tables as they are"
    echo
    echo "\`bench/files.sh\`: one \`train --data FILE --preset anomaly\` on each table, with no other option, and \`detect\` on"
    echo "all of its rows. Labels are 0 and 1, and training saw both but for the tenth that it held out; ROC AUC is that of 1."
    echo "The second is the same with \`--likelihood gaussian\`. GpuVae at $(git rev-parse --short HEAD), $(date +%F)."
    echo
    echo "| file | what it is | AUC | AUC, gaussian | said about its columns |"
    echo "|---|---|---:|---:|---|"
} > "$work/table.md"
for file in "$folder"/*.npz "$folder"/*.csv; do
    [ -e "$file" ] || continue
    name=$(basename "$file")
    score=$(auc "${name%.*}")
    gaussian=$(auc "${name%.*}-gaussian" --likelihood gaussian)
    shape=$(sed -nE 's/^model +([0-9]+)-.*/\1 columns/p' "$work/${name%.*}.txt" | head -n 1)
    shape="$(sed -nE 's/^[0-9,]+ of ([0-9,]+) .*score above.*/\1/p' "$work/${name%.*}.detect" | head -n 1) rows, $shape"
    said=$(sed -nE 's/^note: //p' "$work/${name%.*}.err" | tr '\n' ' ' | sed 's/|/\\|/g')
    echo "| $name | $shape | $score | $gaussian | $said |" >> "$work/table.md"
    echo "$name: $score, gaussian $gaussian" >&2
done
mv "$work/table.md" "$out"
echo "written to $out"
