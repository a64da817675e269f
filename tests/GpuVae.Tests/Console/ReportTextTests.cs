using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Numbers as the verbs print them.</summary>
public sealed class ReportTextTests
{
    [Fact]
    public void What_rounds_to_zero_has_no_sign()
    {
        double tiny = -1e-9;
        Assert.Equal("0.0000|  0.00|0|0.00", ReportText.Text($"{tiny:F4}|{tiny,6:F2}|{tiny:N0}|{-0.0f:F2}"));
        Assert.Equal("0.00", ReportText.Loss(tiny));
    }

    [Fact]
    public void Others_are_as_ever()
    {
        string path = "-0.0", none = null!;
        Assert.Equal(
            "-0.0001|-1,234.5|-1E-09|-0.0||-7|NaN",
            ReportText.Text($"{-0.0001:F4}|{-1234.5:N1}|{-1e-9:R}|{path}|{none}|{-7}|{double.NaN:F2}"));
    }
}
