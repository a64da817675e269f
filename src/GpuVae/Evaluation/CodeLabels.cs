using System.Globalization;
using GpuVae.Imaging;

namespace GpuVae.Evaluation;

/// <summary>What is written beside pictures of codes.</summary>
public static class CodeLabels
{
    /// <summary>The axes of <see cref="CodeGrids.Plane"/>.</summary>
    /// <param name="right">The unit that grows to the right.</param>
    /// <param name="up">The unit that grows upwards.</param>
    /// <param name="rightValues">Its values from left to right.</param>
    /// <param name="upValues">The other's from the bottom to the top.</param>
    public static PictureLabels Plane(int right, int up, IReadOnlyList<float> rightValues, IReadOnlyList<float> upValues)
    {
        ArgumentNullException.ThrowIfNull(rightValues);
        ArgumentNullException.ThrowIfNull(upValues);
        return new PictureLabels
        {
            Rows = [.. upValues.Reverse().Select(Value)],
            Columns = [.. rightValues.Select(Value)],
            Title = string.Create(CultureInfo.InvariantCulture, $"unit {right} to the right, unit {up} upwards"),
        };
    }

    /// <summary>A value of a unit, with two decimals and a true minus.</summary>
    public static string Value(float value) => value.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−');
}
