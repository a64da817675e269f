using System.Text.RegularExpressions;
using GpuVae.Imaging;
using GpuVae.Reports;
using Xunit;

namespace GpuVae.Tests.Reports;

/// <summary>The page's colours of heat.</summary>
public sealed class HeatColoursTests
{
    [Fact]
    public void They_are_those_of_heat_maps()
    {
        using Stream stream = typeof(RunReport).Assembly.GetManifestResourceStream("Report/heat.js")!;
        using var reader = new StreamReader(stream);
        string colours = string.Concat(Regex.Matches(reader.ReadToEnd(), "\"([0-9a-f]+)\"").Select(match => match.Groups[1].Value));
        IEnumerable<string> expected = Enumerable.Range(0, 256).Select(shade => HeatMapPicture.ColorOf(shade / 256.0))
            .Select(colour => $"{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}");
        Assert.Equal(string.Concat(expected), colours);
    }
}
