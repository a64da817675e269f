using System.Diagnostics;
using System.Text;
using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Output that cannot be written ends nothing but is told of by the exit code.</summary>
public sealed class StandardStreamsTests : IDisposable
{
    private readonly Workplace _workplace = new();

    [Fact]
    public void What_cannot_be_written_is_lost_and_what_comes_later_is_tried_again()
    {
        var disk = new FullDisk { IsFull = true };
        var writer = new LastingWriter(disk);
        writer.Write("a");
        writer.Write('a');
        writer.Write(["a"[0]], 0, 1);
        writer.Write("a".AsSpan());
        writer.WriteLine();
        writer.WriteLine("a");
        writer.Write($"{1}");
        writer.Flush();
        Assert.Equal("no room", writer.Failure?.Message);
        disk.IsFull = false;
        writer.WriteLine("b");
        Assert.Equal("b\n", disk.Text.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(false, false, 0, 0)]
    [InlineData(true, false, 0, 1)]
    [InlineData(false, true, 0, 1)]
    [InlineData(true, true, 0, 1)]
    [InlineData(true, true, 2, 2)]
    [InlineData(true, false, 130, 130)]
    public void The_exit_code_says_that_text_was_lost(bool isOutputLost, bool isErrorLost, int code, int expected)
    {
        FullDisk outputDisk = new() { IsFull = isOutputLost }, errorDisk = new() { IsFull = isErrorLost };
        LastingWriter output = new(outputDisk), error = new(errorDisk);
        output.WriteLine("figures");
        error.WriteLine("note");
        Assert.Equal(expected, StandardStreams.Finish(code, output, error));
        if (isOutputLost && !isErrorLost)
            Assert.Contains("gpuvae: stdout: cannot be written: no room; ", errorDisk.Text, StringComparison.Ordinal);
        else if (!isErrorLost)
            Assert.Equal("note\n", errorDisk.Text.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(">/dev/full 2>/dev/full")]
    [InlineData("<&- >&- 2>&-")]
    public void A_run_trains_to_its_end_whatever_its_streams_are(string streams)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is there on Linux only");
        var start = new ProcessStartInfo("sh") { WorkingDirectory = _workplace.Folder };
        string[] words =
        [
            "-c", $"exec \"$@\" {streams}", "sh", .. Runner.Program(), "train", "--data", "tiny", "--hidden", "8", "--latent",
            "2", "--epochs", "1", "--device", "cpu", "--out", "run",
        ];
        foreach (string word in words)
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Single(File.ReadAllLines(_workplace.In("run/metrics.jsonl")));
        Assert.True(File.Exists(_workplace.In("run/checkpoint.safetensors")));
        Assert.True(File.Exists(_workplace.In("run/images/loss.png")));
    }

    public void Dispose() => _workplace.Dispose();

    private sealed class FullDisk : TextWriter
    {
        private readonly StringBuilder _text = new();

        public bool IsFull { get; set; }

        public string Text => _text.ToString();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (IsFull)
                throw new IOException("no room");
            _text.Append(value);
        }

        public override void Flush()
        {
            if (IsFull)
                throw new IOException("no room");
        }
    }
}
