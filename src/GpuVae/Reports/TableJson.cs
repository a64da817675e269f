using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;

namespace GpuVae.Reports;

/// <summary>
/// The columns of a table for the page, each with the place where the model has it: a number is x / factor + offset or the exponential of
/// that, a category the level with the most from there on.
/// </summary>
internal static class TableJson
{
    /// <summary>More than anybody reads.</summary>
    private const int MostColumns = 100;

    /// <summary>Writes the array <c>table</c>, which is empty for pictures, columns without names and wider tables.</summary>
    public static void Write(Utf8JsonWriter json, MeasuredModel model)
    {
        IReadOnlyList<string> names = model.Pipeline.ColumnNames;
        json.WriteStartArray("table");
        if (model.Shape.Height == 1 && names.Count <= MostColumns)
        {
            int[] numbers = new OneHot(model.Pipeline).NumberColumns(names.Count);
            int first = numbers.Length;
            var levels = new Dictionary<int, int>();
            foreach (Category category in model.Pipeline.Categories)
            {
                levels[category.Column] = first;
                first += category.Width;
            }
            for (int column = 0; column < names.Count; column++)
            {
                json.WriteStartObject();
                json.WriteString("name", names[column]);
                if (levels.TryGetValue(column, out int place))
                    WriteCategory(json, model.Pipeline.Categories.First(category => category.Column == column), place);
                else
                    WriteNumber(json, model.Pipeline.Scaling, Array.IndexOf(numbers, column));
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
    }

    private static void WriteCategory(Utf8JsonWriter json, Category category, int place)
    {
        json.WriteNumber("place", place);
        json.WriteTexts("levels", category.Levels);
    }

    private static void WriteNumber(Utf8JsonWriter json, Scaling scaling, int place)
    {
        bool isScaled = scaling.Offsets.Count > 0;
        int fitted = scaling.Offsets.Count == 1 ? 0 : place;
        json.WriteNumber("place", place);
        json.WriteNumber("offset", isScaled ? scaling.Offsets[fitted] : 0);
        json.WriteNumber("factor", isScaled ? scaling.Factors[fitted] : 1);
        json.WriteBoolean("logarithm", scaling.TakesLogarithms);
    }
}
