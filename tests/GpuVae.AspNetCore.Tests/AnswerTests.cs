using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Detection;
using GpuVae.Imaging;
using GpuVae.Tests.Detection;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>What the service says of rows is what the detector says, to the bit, however the rows come.</summary>
public sealed class AnswerTests
{
    private static readonly double[] _row = [.. Sensors.Rows(1, seed: 9)[0].Select(number => (double)number)];

    [Fact]
    public async Task A_row_has_the_detectors_score_as_a_list_an_object_and_a_line()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        AnomalyVerdict verdict = Detectors.Numbers.Verdict(_row);
        JsonElement list = await service.Ask("/score", List(_row));
        Assert.Equal(verdict.Score, list.GetProperty("score").GetDouble());
        Assert.Equal(verdict.Threshold, list.GetProperty("threshold").GetDouble());
        Assert.Equal(verdict.Probability, list.GetProperty("probability").GetDouble());
        Assert.Equal(verdict.IsAnomaly, list.GetProperty("isAnomaly").GetBoolean());
        Assert.Equal(JsonValueKind.Null, list.GetProperty("impossibleColumn").ValueKind);
        // Columns in another order, which their names put right.
        JsonElement named = await service.Ask(
            "/score", "{" + string.Join(',', _row.Index().Reverse().Select(cell => $"\"{Sensors.Names[cell.Index]}\":{Text(cell.Item)}")) + "}");
        Assert.Equal(verdict.Score, named.GetProperty("score").GetDouble());
        string csv = string.Join(',', Sensors.Names.Reverse().Select(name => $"\"{name}\"")) + "\r\n"
            + string.Join(',', _row.Reverse().Select(Text)) + "\r\n";
        JsonElement lines = await service.Ask("/score", "text/csv; charset=utf-8", Encoding.UTF8.GetBytes(csv));
        Assert.Equal(verdict.Score, Assert.Single(lines.EnumerateArray()).GetProperty("score").GetDouble());
    }

    [Fact]
    public async Task Many_rows_have_their_answers_in_their_order()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        float[][] rows = Sensors.Rows(50, seed: 11);
        JsonElement answers = await service.Ask("/score", $"[{string.Join(',', rows.Select(row => List([.. row.Select(x => (double)x)])))}]");
        Assert.Equal(
            Sensors.Bits(rows.Select(row => Detectors.Numbers.Score(row))),
            Sensors.Bits(answers.EnumerateArray().Select(answer => answer.GetProperty("score").GetDouble())));
    }

    [Theory]
    [InlineData("null", "heat")]
    [InlineData("\"NaN\"", "heat")]
    [InlineData("\"Infinity\"", "heat")]
    [InlineData("\"-Infinity\"", "heat")]
    [InlineData("1e300", "heat")]
    public async Task A_number_that_cannot_be_is_an_anomaly_that_names_its_column(string cell, string column)
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        foreach (string path in (string[])["/score", "/explain"])
        {
            JsonElement answer = await service.Ask(path, $"[1, 2, {cell}, 4, 5, 6]");
            Assert.Equal(JsonValueKind.Null, answer.GetProperty("score").ValueKind);
            Assert.True(answer.GetProperty("isAnomaly").GetBoolean());
            Assert.Equal(column, answer.GetProperty("impossibleColumn").GetString());
        }
    }

    [Fact]
    public async Task An_empty_cell_of_csv_is_an_anomaly_that_names_its_column()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        JsonElement answers = await service.Ask(
            "/score", "text/csv", Encoding.UTF8.GetBytes($"{string.Join(',', Sensors.Names)}\n1,2,3,,5,6\n1,2,3,4,5,inf\n"));
        Assert.Equal(
            ["noise", "load"], answers.EnumerateArray().Select(answer => answer.GetProperty("impossibleColumn").GetString()));
    }

    [Fact]
    public async Task Parts_add_up_to_the_score_and_come_with_what_was_given_and_expected()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        AnomalyExplanation explanation = Detectors.Numbers.Explain(_row);
        JsonElement answer = await service.Ask("/explain", List(_row));
        JsonElement[] columns = [.. answer.GetProperty("columns").EnumerateArray()];
        Assert.Equal(Sensors.Names, columns.Select(column => column.GetProperty("name").GetString()));
        Assert.Equal(_row, columns.Select(column => column.GetProperty("given").GetDouble()));
        Assert.Equal(
            explanation.Columns.Select(column => column.Expected.Number), columns.Select(column => column.GetProperty("expected").GetDouble()));
        double score = answer.GetProperty("score").GetDouble();
        Assert.InRange(columns.Sum(column => column.GetProperty("contribution").GetDouble()), score * (1 - 1e-5), score * (1 + 1e-5));
    }

    [Fact]
    public async Task Words_are_scored_and_explained_as_words()
    {
        await using Service service = await Service.Start(Detectors.Words);
        const string Word = "boost, \"high\"";
        var row = new Dictionary<string, ColumnValue> { ["heat"] = 1.5, ["mode"] = Word };
        double score = Detectors.Words.Score(row);
        string word = JsonSerializer.Serialize(Word);
        Assert.Equal(score, (await service.Ask("/score", $"{{\"heat\":1.5,\"mode\":{word}}}")).GetProperty("score").GetDouble());
        Assert.Equal(score, (await service.Ask("/score", $"[1.5,{word}]")).GetProperty("score").GetDouble());
        JsonElement lines = await service.Ask("/explain", "text/csv", "heat,mode\n1.5,\"boost, \"\"high\"\"\"\n"u8.ToArray());
        JsonElement answer = Assert.Single(lines.EnumerateArray());
        Assert.Equal(score, answer.GetProperty("score").GetDouble());
        JsonElement[] columns = [.. answer.GetProperty("columns").EnumerateArray()];
        Assert.Equal(1.5, columns[0].GetProperty("given").GetDouble());
        Assert.Equal(Word, columns[1].GetProperty("given").GetString());
        Assert.Contains(columns[1].GetProperty("expected").GetString(), Detectors.Words.Columns[1].Levels);
    }

    [Fact]
    public async Task A_picture_has_the_score_of_its_bytes_and_parts_by_pixels()
    {
        await using Service service = await Service.Start(Detectors.Pictures);
        byte[] pixels = Detectors.Picture(3);
        pixels[7] = 90;
        byte[] png = PngOf(pixels, Detectors.Height, Detectors.Width);
        double score = Detectors.Pictures.Score(pixels);
        Assert.Equal(score, (await service.Ask("/score", "image/png", png)).GetProperty("score").GetDouble());
        JsonElement answer = await service.Ask("/explain", "image/png", png);
        double[] parts =
            [.. answer.GetProperty("pixels").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(part => part.GetDouble())];
        Assert.Equal(Detectors.Pictures.Explain(pixels).Pixels(), parts);
        Assert.Equal(Detectors.Height, answer.GetProperty("pixels").GetArrayLength());
        Assert.Equal(
            Detectors.Pictures.Encode(pixels),
            (await service.Ask("/encode", "image/png", png)).GetProperty("code").EnumerateArray().Select(number => number.GetSingle()));
    }

    [Fact]
    public async Task A_code_is_the_models_and_leads_back_to_the_row_that_it_makes_of_it()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        JsonElement answer = await service.Ask("/encode", List(_row));
        float[] code = [.. answer.GetProperty("code").EnumerateArray().Select(number => number.GetSingle())];
        Assert.Equal(Detectors.Numbers.Encode(_row), code);
        Assert.Equal(Detectors.Numbers.CodeUnits, code.Length);
        JsonElement decoded = await service.Ask("/decode", $"[{List(code)},{List(code)}]");
        double[] expected = [.. Detectors.Numbers.Decode(Detectors.Numbers.Encode(_row)).Select(cell => cell.Number)];
        Assert.Equal(2, decoded.GetArrayLength());
        Assert.All(
            decoded.EnumerateArray(),
            row => Assert.Equal(expected, row.GetProperty("row").EnumerateArray().Select(number => number.GetDouble())));
    }

    [Fact]
    public async Task Rows_of_columns_that_nobody_named_need_no_line_of_names()
    {
        await using Service service = await Service.Start(Detectors.Nameless);
        JsonElement bare = await service.Ask("/score", "text/csv", "1,2,3,4,5,6\n2,3,4,5,6,7\n"u8.ToArray());
        Assert.Equal(2, bare.GetArrayLength());
        Assert.Equal(Detectors.Nameless.Score([1.0, 2, 3, 4, 5, 6]), bare[0].GetProperty("score").GetDouble());
    }

    /// <summary>A PNG file of grey pixels.</summary>
    internal static byte[] PngOf(byte[] pixels, int height, int width)
    {
        using var folder = new TemporaryFolder();
        var image = new RasterImage(width, height);
        pixels.CopyTo(image.Pixels, 0);
        Png.Write(folder.File("picture.png"), image);
        return File.ReadAllBytes(folder.File("picture.png"));
    }

    private static string List<T>(IEnumerable<T> numbers)
        where T : IFormattable => $"[{string.Join(',', numbers.Select(Text))}]";

    private static string Text<T>(T number)
        where T : IFormattable => number.ToString("R", CultureInfo.InvariantCulture);
}
