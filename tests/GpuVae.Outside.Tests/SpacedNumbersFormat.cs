using System.Globalization;
using GpuVae.Data;

namespace GpuVae.Outside.Tests;

/// <summary>Text files whose name ends in <c>.spaced</c>: a row of numbers a line, with spaces between them.</summary>
public sealed class SpacedNumbersFormat : IDataFormat
{
    public string Name => "spaced";

    public string Summary => "a file of numbers between spaces";

    public bool Recognizes(string path) => path.EndsWith(".spaced", StringComparison.Ordinal);

    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings)
    {
        float[][] rows =
        [
            .. File.ReadLines(path).Select(line =>
                Array.ConvertAll(line.Split(' '), cell => float.Parse(cell, CultureInfo.InvariantCulture))),
        ];
        return (new ImageSet([.. rows.SelectMany(row => row)], null, height: 1, width: rows[0].Length), null);
    }
}
