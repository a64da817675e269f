using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class TerminalTests
{
    [Theory]
    [InlineData(true, false, "xterm-256color", 80)]
    [InlineData(true, false, "linux", 40)]
    [InlineData(true, false, "of-tomorrow", 80)]
    [InlineData(false, true, "xterm-256color", 80)]
    [InlineData(false, false, "xterm-256color", 39)]
    [InlineData(false, false, "xterm-256color", 2)]
    [InlineData(false, false, "xterm-256color", 1)]
    [InlineData(false, false, "dumb", 80)]
    [InlineData(false, false, "", 80)]
    [InlineData(false, false, null, 80)]
    public void Lines_move_only_in_a_terminal_that_can_draw_over_them(
        bool expected, bool isRedirected, string? name, int width) =>
        Assert.Equal(expected, Terminal.CanDraw(isRedirected, name, width, isWindows: false));

    [Fact]
    public void On_Windows_terminals_have_no_name() =>
        Assert.True(Terminal.CanDraw(isRedirected: false, name: null, width: 80, isWindows: true));
}
