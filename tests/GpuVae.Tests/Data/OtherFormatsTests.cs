using System.Diagnostics;
using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class OtherFormatsTests
{
    [Theory]
    [InlineData("a/t.parquet", "python -c \"import pandas; pandas.read_parquet('a/t.parquet').to_csv('t.csv', index=False)\"")]
    [InlineData("t.XLSX", "pandas.read_excel('t.XLSX').to_csv('t.csv', index=False)")]
    [InlineData("t.mat", "scipy.io.loadmat('t.mat')")]
    [InlineData("t.h5", "h5py.File('t.h5')")]
    [InlineData("it's $HOME.xlsx", @"read_excel('it\x27s \x24HOME.xlsx')")]
    public void Files_of_other_programs_have_a_command(string path, string part)
    {
        string said = OtherFormats.HowToConvert(path)!;
        Assert.Contains(part, said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }

    [Theory]
    [InlineData("t.html")]
    [InlineData("t")]
    [InlineData("t.csv")]
    public void Others_have_none(string path) => Assert.Null(OtherFormats.HowToConvert(path));

    [Theory]
    [InlineData("t.parquet")]
    [InlineData("it's `a` \"b\" $c.mat")]
    [InlineData("x.h5")]
    [InlineData("x.jsonl")]
    public void The_commands_are_python_behind_a_shell(string path)
    {
        string command = OtherFormats.HowToConvert(path)![("convert it: ".Length)..];
        // Whether it parses, with python's own words in place of running it.
        string checking = command.Replace("python -c ", "python3 -c \"import ast, sys; ast.parse(sys.argv[1])\" ", StringComparison.Ordinal);
        using Process? shell = TryStart(checking);
        Assert.SkipWhen(shell is null, "There is no shell here.");
        shell!.WaitForExit();
        Assert.SkipWhen(shell.ExitCode == 127, "There is no python3 here.");
        Assert.Equal(0, shell.ExitCode);
    }

    private static Process? TryStart(string command)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
