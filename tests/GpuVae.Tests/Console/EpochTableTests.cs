using GpuVae.CommandLine;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>The lines of epochs fit into any terminal that is wide enough to draw in.</summary>
public sealed class EpochTableTests
{
    private static readonly EpochMetrics _epoch = new(12, 105.25, 106.5, 80.25, 26.25, 1.5, 12_345.6);

    [Theory]
    [InlineData(80, true, "epoch   train loss   test loss   reconstruction       KL   images/s   seconds")]
    [InlineData(77, true, "epoch   train loss   test loss   reconstruction       KL   images/s   seconds")]
    [InlineData(76, true, "epoch   train loss   test loss   reconstruction       KL   seconds")]
    [InlineData(60, true, "epoch   train loss   test loss   reconstruction       KL")]
    [InlineData(55, true, "epoch   train loss   test loss       KL")]
    [InlineData(39, true, "epoch   train loss   test loss       KL")]
    [InlineData(80, false, "epoch   train loss   test loss   images/s   seconds")]
    [InlineData(50, false, "epoch   train loss   test loss   seconds")]
    [InlineData(39, false, "epoch   train loss   test loss")]
    public void What_says_least_is_left_out(int width, bool hasPrior, string heading)
    {
        var table = new EpochTable(hasPrior, "image", width);
        Assert.Equal(heading, table.Heading);
        Assert.Equal(heading.Length, table.Row(_epoch).Length);
        Assert.InRange(heading.Length, 1, width);
    }

    [Fact]
    public void Numbers_stand_under_their_names() => Assert.Equal(
        "   12       105.25      106.50            80.25    26.25     12,346      1.50", new EpochTable(hasPrior: true, "row", 80).Row(_epoch));
}
