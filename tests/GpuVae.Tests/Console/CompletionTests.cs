using System.Diagnostics;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Scripts by which shells complete a line, as the shells run them that are here.</summary>
public sealed class CompletionTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    [Theory]
    [InlineData("gpuvae comp", "compare completion compress")]
    [InlineData("gpuvae train --late", "--latent")]
    [InlineData("gpuvae train --preset conv-", "conv-ae conv-denoise conv-vae conv-vae-64")]
    [InlineData("gpuvae train --code ", "binary diagonal full point")]
    [InlineData("gpuvae sweep --late", "--latent")]
    [InlineData("gpuvae sweep --code ", "binary diagonal full point")]
    [InlineData("gpuvae sweep --seed 1..5 --code ", "binary diagonal full point")]
    [InlineData("gpuvae sweep --data \"my rows.csv\" --beta 1,2 --late", "--latent")]
    [InlineData("gpuvae sweep --preset conv-", "conv-ae conv-denoise conv-vae conv-vae-64")]
    [InlineData("gpuvae runs --where latent=2 --so", "--sort")]
    [InlineData("gpuvae evaluate --set ", "test train")]
    [InlineData("gpuvae evaluate --weights b", "best")]
    [InlineData("gpuvae detect --heat-maps ", "all none")]
    [InlineData("gpuvae completion ", "bash fish pwsh zsh")]
    [InlineData("gpuvae runs --sort learning_", "learning_rate")]
    // Names of files, which bash adds where there is nothing; options only where a dash was typed.
    [InlineData("gpuvae evaluate v", "")]
    [InlineData("gpuvae train --out ", "")]
    public async Task Bash_completes_verbs_options_and_values(string line, string expected)
    {
        const string Bash = "/bin/bash";
        Assert.SkipUnless(File.Exists(Bash), "there is no bash here");
        string[] program = Runner.Program();
        string[] words = line.Split(' ');
        string script = Runner.Run(runs.Folder, "completion", "bash").Output;
        string asked = $$"""
            gpuvae() { {{string.Join(' ', program.Select(word => $"'{word}'"))}} "$@"; }
            {{script}}
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            COMP_WORDS=({{string.Join(' ', words.Select(word => $"'{word}'"))}}) COMP_CWORD={{words.Length - 1}}
            _gpuvae
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        Assert.Equal(expected, await Run(Bash, ["--norc", "-c", asked]));
    }

    [Theory]
    [InlineData("zsh", "gpuvae comp", "compare completion compress")]
    [InlineData("zsh", "gpuvae train --late", "--latent")]
    [InlineData("zsh", "gpuvae train --preset conv-", "conv-ae conv-denoise conv-vae conv-vae-64")]
    [InlineData("zsh", "gpuvae train --code ", "binary diagonal full point")]
    [InlineData("fish", "gpuvae comp", "compare completion compress")]
    [InlineData("fish", "gpuvae train --late", "--latent")]
    [InlineData("fish", "gpuvae train --preset conv-", "conv-ae conv-denoise conv-vae conv-vae-64")]
    [InlineData("fish", "gpuvae train --code ", "binary diagonal full point")]
    [InlineData("fish", "gpuvae evaluate v", "vae/")]
    public async Task Zsh_and_fish_complete_verbs_options_and_values(string shell, string line, string expected)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, shell)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"there is no {shell} here");
        string program = string.Join(' ', Runner.Program().Select(word => $"'{word}'"));
        string script = Runner.Run(runs.Folder, "completion", shell).Output;
        string word = line.Split(' ')[^1];
        // What zsh's completion system does of it: it takes the words, and filters them by the one at the cursor.
        string asked = shell == "fish"
            ? $"function gpuvae; {program} $argv; end\n{script}\ncomplete -C '{line}'"
            : $$"""
            gpuvae() { {{program}} "$@" }
            compdef() { }
            compadd() { print -l -- ${(M)${(P)2}:#{{word}}*} }
            {{script}}
            LBUFFER='{{line}}' PREFIX='{{word}}' words=({{line}})
            _gpuvae
            """;
        Assert.Equal(expected, await Run(path, shell == "fish" ? ["--no-config", "-c", asked] : ["-f", "-c", asked]));
    }

    private async Task<string> Run(string shell, string[] arguments)
    {
        var start = new ProcessStartInfo(shell, arguments)
        {
            WorkingDirectory = runs.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await error);
        return string.Join(' ', output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _gpuvae gpuvae")]
    [InlineData("zsh", "compdef _gpuvae gpuvae")]
    [InlineData("fish", "complete -c gpuvae -f -a '(__gpuvae_complete)'")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName gpuvae")]
    public void Each_shell_has_a_script_that_says_where_it_goes_and_asks_the_program(string shell, string registration)
    {
        Outcome outcome = Runner.Run(runs.Folder, "completion", shell);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains(registration, outcome.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", outcome.Output, StringComparison.Ordinal);
        Assert.Contains($"gpuvae completion {shell}", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("completion", "completion: SHELL is missing")]
    [InlineData("completion bsh", "completion bsh: unknown; did you mean bash? choose from bash, zsh, fish, pwsh")]
    public void A_mistake_is_one_line_that_names_it(string line, string said)
    {
        Outcome outcome = Runner.Run(runs.Folder, line.Split(' '));
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
    }
}
