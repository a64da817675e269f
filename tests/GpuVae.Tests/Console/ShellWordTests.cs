using System.Diagnostics;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class ShellWordTests
{
    public static TheoryData<string> Names =>
    [
        "runs/plane-2", "two words", "it's", "'", "\"", "$HOME", "`id`", "$(id)", "a;b", "a&b|c", "*", "?", "[a]", "{a,b}", "~root",
        "#a", "!a", "a\\b", "=a", "a%sb", "", "naïve µ 漢字 😀", "a\nb", "a\r\nb'c", "a\tb", "\u001b[31mred", "a\u2028b", "100%\n\\n$x",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_shell_takes_the_word_for_what_it_was(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no POSIX shell");
        string word = ShellWord.Posix(name);
        Assert.DoesNotContain(word, character => char.IsControl(character) || character is '\u2028' or '\u2029');
        Assert.Equal(name, Echo(word));
    }

    [Fact]
    public void A_path_keeps_its_dash_and_its_last_line_break()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no POSIX shell");
        Assert.Equal("./-rf", ShellWord.QuotePath("-rf"));
        Assert.Equal("'./--out x'", ShellWord.QuotePath("--out x"));
        Assert.Equal("run\n/.", Echo(ShellWord.QuotePath("run\n")));
    }

    [Fact]
    public void The_printed_command_goes_on_with_a_run_of_any_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no POSIX shell");
        using var workplace = new Workplace();
        Outcome trained = Runner.Run(
            workplace.Folder, "train", "--data", "tiny", "--hidden", "8", "--latent", "2", "--epochs", "1", "--device", "cpu",
            "--out", "-it's\n$HOME");
        Assert.True(trained.ExitCode == 0, trained.Error);
        string next = trained.Output.Split('\n')[^2];
        Assert.StartsWith("next: gpuvae generate ", next, StringComparison.Ordinal);
        Assert.True(Directory.Exists(workplace.In(Echo(next["next: gpuvae generate ".Length..]))));
    }

    private static string Echo(string word)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("sh", ["-c", $"printf %s {word}"]) { RedirectStandardOutput = true })!;
        string text = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return text;
    }
}
