namespace GpuVae.CommandLine;

/// <summary>
/// What a shell runs to complete a line: it asks the program, which answers to <c>[suggest:N]</c> with what may stand at a place of the
/// line, and completes names of files where that is nothing. Options are offered once a dash is typed.
/// </summary>
internal static class CompletionScript
{
    private const string Bash = """
        # Completion of gpuvae for bash: put this line into ~/.bashrc
        #   source <(gpuvae completion bash)
        _gpuvae() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n' found
            found="$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)"
            COMPREPLY=($(compgen -W "$found" -- "$word"))
            if [[ "$word" != -* ]]; then
                local each kept=()
                for each in "${COMPREPLY[@]}"; do
                    [[ "$each" == -* ]] || kept+=("$each")
                done
                COMPREPLY=("${kept[@]}")
            fi
        }
        complete -o default -F _gpuvae gpuvae
        """;

    private const string Zsh = """
        #compdef gpuvae
        # Completion of gpuvae for zsh: put this line into ~/.zshrc, behind compinit
        #   source <(gpuvae completion zsh)
        _gpuvae() {
            local line="$LBUFFER"
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            [[ "$PREFIX" == -* ]] || found=("${(@)found:#-*}")
            found=("${(@)found:#}")
            if (( ${#found} )); then
                compadd -a found
            else
                _files
            fi
        }
        compdef _gpuvae gpuvae
        """;

    private const string Fish = """
        # Completion of gpuvae for fish:
        #   gpuvae completion fish > ~/.config/fish/completions/gpuvae.fish
        function __gpuvae_complete
            set -l line (commandline -cp)
            set -l word (commandline -ct)
            set -l found (gpuvae "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
            string match -q -- '-*' "$word"; or set found (string match -v -- '-*' $found)
            if count $found >/dev/null
                printf '%s\n' $found
            else
                __fish_complete_path "$word"
            end
        end
        complete -c gpuvae -f -a '(__gpuvae_complete)'
        """;

    private const string PowerShell = """
        # Completion of gpuvae for PowerShell: put this line into $PROFILE
        #   gpuvae completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName gpuvae -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $length = $cursorPosition - $commandAst.Extent.StartOffset
            $line = $commandAst.ToString().PadRight($length).Substring(0, $length)
            gpuvae "[suggest:$length]" $line 2>$null |
                Where-Object { $_ -like "$wordToComplete*" -and ($_ -notlike '-*' -or $wordToComplete -like '-*') } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private static readonly Dictionary<string, string> _scripts = new()
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["pwsh"] = PowerShell,
    };

    /// <summary>The shells that have one.</summary>
    public static IReadOnlyCollection<string> Shells => _scripts.Keys;

    /// <summary>The script of a shell, or null.</summary>
    public static string? Of(string shell) => _scripts.GetValueOrDefault(shell)?.ReplaceLineEndings("\n");
}
