#!/usr/bin/env bash
# Shows that a change of the code changes no bit of any result: runs short commands with a build from before it and one
# from after it, and compares the SHA-256 of all files that they write: checkpoints whole, metrics.jsonl without the
# times. The commands are in bench/same-bits.tsv.
#
#   bench/same-bits.sh BASE_COMMIT     builds that commit and the working tree, runs every command twice with the one
#                                      (which has to give the same files itself) and once with the other, and writes
#                                      bench/results/same-bits.md; some minutes
#   bench/same-bits.sh                 builds the working tree and compares with the hashes in that table. Only for a
#                                      machine like the table's: sums over other vector widths round differently.
#
# Options, which write no table but with --out; paths are from the root of the repository:
#   --before GPUVAE|FILE.tsv   a built gpuvae instead of BASE_COMMIT, or hashes that --hashes wrote
#   --after GPUVAE             a built gpuvae instead of the working tree
#   --rows NAME,...            only these commands
#   --hashes FILE.tsv          writes the hashes of the build after: name, file, SHA-256
#   --out FILE.md              writes the table there
#   --keep DIR                 keeps the run folders there
#   --list                     only names the commands
#
# Exit code: 0 if all files are the same, 1 if any differs or a command fails, 2 for a wrong option.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commands=bench/same-bits.tsv
committed=bench/results/same-bits.md
base=
before=
after=
rows=
hashes=
table=
keep=

usage() {
    echo "same-bits.sh: $1; bench/same-bits.sh has the options at its top" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --before | --after | --rows | --hashes | --out | --keep)
            [ $# -ge 2 ] || usage "$1 needs a value"
            case $1 in
                --before) before=$2 ;;
                --after) after=$2 ;;
                --rows) rows=$2 ;;
                --hashes) hashes=$2 ;;
                --out) table=$2 ;;
                --keep) keep=$2 ;;
            esac
            shift
            ;;
        --list)
            grep -v '^#' "$commands" | cut -f 1
            exit
            ;;
        -*) usage "$1 is not an option" ;;
        *) base=$1 ;;
    esac
    shift
done
[ -z "$base" ] || [ -z "$before" ] || usage "BASE_COMMIT and --before exclude each other"
for file in "$before" "$after"; do
    [ -z "$file" ] || [ -f "$file" ] || usage "there is no file $file"
done
for name in ${rows//,/ }; do
    grep -q "^$name"$'\t' "$commands" || usage "$commands has no command $name"
done

work=$(mktemp -d)
clean() {
    [ ! -d "$work/base" ] || git worktree remove --force "$work/base"
    rm -rf "$work"
}
trap clean EXIT
export LC_ALL=C DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

build() {
    (cd "$1" && dotnet build src/GpuVae.Console -c Release --nologo -v quiet \
        -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false) >&2
    echo "$1/src/GpuVae.Console/bin/Release/net10.0/gpuvae"
}

if [ -n "$base" ]; then
    base=$(git rev-parse --verify --quiet --short=10 "$base^{commit}") || usage "$base is not a commit"
    git worktree add --quiet --detach "$work/base" "$base"
    before=$(build "$work/base")
    [ -n "$rows$table" ] || table=$committed
fi
[ -n "$after" ] || after=$(build "$PWD")
after=$(realpath "$after")
[ -z "$before" ] || before=$(realpath "$before")
[ -z "$hashes" ] || : > "$hashes"

# What decides about the rounding: the processor, its cores and the vectors in use.
machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)
machine="${machine:-$(uname -sm)}, $("$after" devices | sed -n 's/^cpu  *\([^(]*[^( ]\).*/\1/p')"

# Data of all kinds, made from one sequence of numbers (the "minimal standard" generator of Park and Miller, 1988):
# a table with labels and columns of different scales, real numbers, and small colour images of bytes.
make_data() {
    awk 'function next_number() { s = s * 16807 % 2147483647; return s }
        BEGIN {
            s = 1
            print "a,b,c,d,e,f,label"
            for (i = 0; i < 400; i++) {
                class = next_number() % 3
                line = ""
                for (j = 0; j < 6; j++)
                    line = line sprintf("%.3f,", (next_number() % 2000 / 1000 - 1 + class) * (j * j + 0.5) + 3 * j)
                print line "class-" class
            }
        }' > "$1/table.csv"
    write_npy "<f4" "300, 12" "$1/numbers.npy"
    write_npy "|u1" "200, 6, 8, 3" "$1/colors.npy"
}

# A .npy file (type, shape): random bytes, whose every fourth gives floats of ±0.5 … ±2 where the type is <f4.
write_npy() {
    printf "$(awk -v type="$1" -v shape="$2" 'BEGIN {
        header = "{\047descr\047: \047" type "\047, \047fortran_order\047: False, \047shape\047: (" shape "), }"
        while ((length(header) + 11) % 64)
            header = header " "
        printf "\\223NUMPY\\001\\000\\%03o\\000%s\\n", length(header) + 1, header
        count = split(shape, sizes, ", ")
        bytes = type == "<f4" ? 4 : 1
        for (i = 1; i <= count; i++)
            bytes *= sizes[i]
        s = 1
        for (i = 1; i <= bytes; i++) {
            s = s * 16807 % 2147483647
            value = int(s / 65536) % 256
            printf "\\%03o", type == "<f4" && i % 4 == 0 ? 63 + value % 2 * 128 : value
        }
    }')" > "$3"
}

# Runs one command in a folder: parts between " then " one after another, each "[VARIABLE=VALUE ...] gpuvae ...".
run_command() { # gpuvae folder command
    local part rest=$3
    while [ -n "$rest" ]; do
        part=${rest%% then *}
        [ "$part" = "$rest" ] && rest= || rest=${rest#* then }
        (cd "$2" && env PATH="$2/bin:$PATH" $part >> output.txt 2>&1) || {
            echo "failed: $part" >&2
            tail -n 5 "$2/output.txt" >&2
            return 1
        }
    done
}

# Runs one command and lists what it wrote: name, file, SHA-256. Both builds run it in the same folder, since a run keeps
# where its data are.
hash_command() { # gpuvae side name command
    local folder=$work/run/$3 file
    mkdir -p "$folder/bin" "$folder/run"
    ln -s "$1" "$folder/bin/gpuvae"
    run_command "$1" "$folder" "$4" || {
        printf '%s\t%s\t%s\n' "$3" run/checkpoint.safetensors failed
        return
    }
    # When and where a run was trained is no result of it.
    (cd "$folder" && find run -type f ! -name environment.json | sort) | while read -r file; do
        printf '%s\t%s\t' "$3" "$file"
        if [ "$file" = run/metrics.jsonl ]; then
            # Times differ from run to run; the terms of objectives came after the first tables were made.
            sed -E -e 's/"(seconds|images_per_second)":[^,}]*/"\1":0/g' \
                -e 's/"(bound|mean_log_weight|charged_kl)":[^,}]*,//g' "$folder/$file" | sha256sum
        else
            sha256sum < "$folder/$file"
        fi | cut -d ' ' -f 1
    done
    if [ -n "$keep" ]; then
        mkdir -p "$keep/$2"
        rm -rf "${keep:?}/$2/$3"
        cp -r "$folder" "$keep/$2/$3"
    fi
    rm -rf "$folder"
}

# The table's two hashes of a list: that of the checkpoint, and one over all other files.
checkpoint_of() {
    awk -F '\t' '$2 == "run/checkpoint.safetensors" { print substr($3, 1, 16) }' "$1"
}
others_of() {
    awk -F '\t' '$2 != "run/checkpoint.safetensors"' "$1" | sha256sum | cut -c 1-16
}
cell_of() { # name column
    awk -F ' *[|] *' -v name="\`$1\`" -v column="$2" '$2 == name { gsub("`", "", $column); print $column }' "$committed"
}

mkdir "$work/run"
make_data "$work/run"
if [ -z "$before" ]; then
    echo "comparing with the hashes in $committed"
    of_table=$(sed -n 's/^Machine: \(.*\)\.$/\1/p' "$committed")
    [ "$of_table" = "$machine" ] || {
        echo "NOTE: they are of another machine ($of_table),"
        echo "      this is $machine; what differs may have been rounded differently"
    }
fi

count=0
different=0
unstable=0
while IFS=$'\t' read -r name command; do
    case $name in '' | '#'*) continue ;; esac
    [ -z "$rows" ] || [[ ",$rows," == *",$name,"* ]] || continue
    count=$((count + 1))
    same=yes
    hash_command "$after" after "$name" "$command" > "$work/after.tsv"
    [ -z "$hashes" ] || cat "$work/after.tsv" >> "$hashes"
    after_checkpoint=$(checkpoint_of "$work/after.tsv")
    after_others=$(others_of "$work/after.tsv")
    if [ -z "$before" ]; then
        before_checkpoint=$(cell_of "$name" 4)
        before_others=$(cell_of "$name" 6)
        before_checkpoint=${before_checkpoint:-none}
    else
        if [[ $before == *.tsv ]]; then
            awk -F '\t' -v name="$name" '$1 == name' "$before" > "$work/before.tsv"
        else
            hash_command "$before" before "$name" "$command" > "$work/before.tsv"
        fi
        if [ -n "$base" ]; then
            hash_command "$before" again "$name" "$command" > "$work/again.tsv"
            cmp -s "$work/before.tsv" "$work/again.tsv" || {
                same="no, nor twice before"
                unstable=$((unstable + 1))
            }
        fi
        before_checkpoint=$(checkpoint_of "$work/before.tsv")
        before_others=$(others_of "$work/before.tsv")
    fi
    if [ "$after_checkpoint" = failed ] || [ "$before_checkpoint" != "$after_checkpoint" ] ||
        [ "$before_others" != "$after_others" ]; then
        [ "$same" != yes ] || same=no
    fi
    [ "$same" = yes ] || different=$((different + 1))
    printf '%-24s %s %s\n' "$name" "$after_checkpoint" "$([ "$same" = yes ] && echo same || echo DIFFERENT)"
    [ "$same" = yes ] || [ -z "$before" ] ||
        { diff "$work/before.tsv" "$work/after.tsv" || true; } | sed -nE 's/^([<>])/    \1/p' | sort -k 3,3 -s
    echo "| \`$name\` | \`$command\` | \`$before_checkpoint\` | \`$after_checkpoint\` | \`$before_others\` |" \
        "\`$after_others\` | $same |" >> "$work/rows.md"
done < "$commands"
echo "$count commands, $different different"
[ "$unstable" -eq 0 ] || echo "$unstable of them differ between two runs of the build before"

if [ -n "$table" ]; then
    changes=$(git status --porcelain -- src kernels Directory.Build.props Directory.Packages.props)
    {
        echo "# The same bits before and after"
        echo
        echo "What short commands write, by a build from before a change of the code and one from after it."
        echo "\`bench/same-bits.sh BASE_COMMIT\` writes this file, and fails where anything differs."
        echo
        echo "Before: commit ${base:-of another build}. After: commit" \
            "$(git rev-parse --short=10 HEAD)${changes:+ with changes that are not committed}."
        echo "Date: $(date -u +%Y-%m-%d)."
        echo "Machine: $machine."
        echo
        echo "Each hash is the first 16 hexadecimal digits of a SHA-256: of \`checkpoint.safetensors\` as a whole, and" \
            "over those of all other files (\`config.json\`, \`best.safetensors\`, pictures, codes, and \`metrics.jsonl\`" \
            "without the times and the terms that objectives were given later). ${base:+Each command ran twice before, to the same files. }Machines with other vector" \
            "widths round sums differently: there the hashes are others, and only a comparison of two builds tells" \
            "something. The number of cores changes nothing."
        echo
        echo "| name | command | checkpoint before | after | other files before | after | same |"
        echo "| --- | --- | --- | --- | --- | --- | --- |"
        cat "$work/rows.md"
        echo
        echo "$count commands, $different different."
    } > "$table"
    echo "written: $table"
fi
[ "$different" -eq 0 ]
