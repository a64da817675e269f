using GpuVae.Detection;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>The graph of a detector in ONNX Runtime.</summary>
internal sealed class DetectorRun(AnomalyDetector detector)
{
    private readonly byte[] _file = Bytes(detector);

    public IReadOnlyDictionary<string, string> Metadata
    {
        get
        {
            using var session = new InferenceSession(_file);
            return session.ModelMetadata.CustomMetadataMap;
        }
    }

    public DetectorResults Score(IReadOnlyList<Dictionary<string, ColumnValue>> rows)
    {
        DetectorColumn[] ofNumbers = [.. detector.Columns.Where(column => !column.IsOfWords)];
        DetectorColumn[] ofWords = [.. detector.Columns.Where(column => column.IsOfWords)];
        double[] cells = [.. rows.SelectMany(row => ofNumbers.Select(column => row[column.Name].Number))];
        using var numbers = OrtValue.CreateTensorValueFromMemory(cells, [rows.Count, ofNumbers.Length]);
        using var words = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [rows.Count, ofWords.Length]);
        for (int i = 0; i < rows.Count * ofWords.Length; i++)
            words.StringTensorSetElementAt((rows[i / ofWords.Length][ofWords[i % ofWords.Length].Name].Text ?? "").AsSpan(), i);
        return Run(("numbers", numbers), ("words", words));
    }

    public DetectorResults Score(float[][] rows)
    {
        double[] cells = [.. rows.SelectMany(row => row.Select(cell => (double)cell))];
        using var numbers = OrtValue.CreateTensorValueFromMemory(cells, [rows.Length, rows[0].Length]);
        return Run(("numbers", numbers));
    }

    public DetectorResults Score(byte[] pixels)
    {
        int count = pixels.Length / detector.Columns.Count;
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [count, detector.Height, detector.Width, detector.Channels]);
        return Run(("pixels", input));
    }

    private static byte[] Bytes(AnomalyDetector detector)
    {
        using var stream = new MemoryStream();
        OnnxExport.Graph(detector, kind: null).Write(stream);
        return stream.ToArray();
    }

    private DetectorResults Run(params (string Name, OrtValue Value)[] inputs)
    {
        using var session = new InferenceSession(_file);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            options, [.. inputs.Select(input => input.Name)], [.. inputs.Select(input => input.Value)], session.OutputNames);
        return new DetectorResults(session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => new GraphResult(pair.Second)));
    }
}

/// <summary>What the graph says of rows.</summary>
internal sealed class DetectorResults(Dictionary<string, GraphResult> results)
{
    public bool[] Verdicts => Array.ConvertAll(results["verdict"].Numbers, verdict => verdict == 1);

    public long[] ContributionShape => results["contributions"].Shape;

    /// <summary>Whether a row is said to be what the detector says, to 1e-4.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="explained">Of that row.</param>
    /// <param name="white">What 1 is in the units of the input.</param>
    public void RequireSame(int row, AnomalyDetector detector, AnomalyExplanation explained, double white = 1)
    {
        AnomalyVerdict verdict = explained.Verdict;
        double score = results["score"].Numbers[row], scale = double.IsFinite(verdict.Score) ? verdict.Score : 1;
        RequireClose(verdict.Score, score, 1e-4 * scale, $"score of {row}");
        Assert.Equal(verdict.IsAnomaly, Verdicts[row]);
        RequireClose(verdict.Probability, results["probability"].Numbers[row], 1e-4, $"probability of {row}");
        double[] parts = Row("contributions", row);
        Assert.Equal(explained.Columns.Count, parts.Length);
        for (int column = 0; column < parts.Length; column++)
            RequireClose(explained.Columns[column].Contribution, parts[column], 1e-4 * scale, $"row {row}, column {column}");
        RequireClose(verdict.Score, parts.Sum(), 1e-4 * scale, $"sum of {row}");

        float[] code = Array.ConvertAll(Row("code", row), number => (float)number);
        if (verdict.ImpossibleColumn is not null)
        {
            Assert.All(Row("expected", row), x => Assert.Equal(double.NaN, x));
            return;
        }
        ColumnValue[] own = Array.ConvertAll(
            detector.Decode(code), cell => cell.Text is null && !cell.IsMissing ? white * cell.Number : cell);
        RequireCells([.. explained.Columns.Select(column => column.Expected)], "expected", "expected_words", row, detector);
        RequireCells(own, "reconstruction", "reconstructed_words", row, detector);
    }

    private void RequireCells(ColumnValue[] cells, string name, string wordsName, int row, AnomalyDetector detector)
    {
        double[] numbers = Row(name, row);
        string[] words = results.TryGetValue(wordsName, out GraphResult? texts)
            ? texts.Texts[(row * (int)texts.Shape[1])..((row + 1) * (int)texts.Shape[1])] : [];
        int number = 0, word = 0;
        for (int column = 0; column < cells.Length; column++)
        {
            if (detector.Columns[column].IsOfWords)
                Assert.Equal(cells[column].Text ?? "", words[word++]);
            else
                RequireClose(cells[column].Number, numbers[number++], 1e-4 * (1 + Math.Abs(cells[column].Number)), $"{name} of {row}, {column}");
        }
        Assert.Equal((numbers.Length, words.Length), (number, word));
    }

    private double[] Row(string name, int row)
    {
        GraphResult result = results[name];
        int width = result.Numbers.Length / (int)result.Shape[0];
        return result.Numbers[(row * width)..((row + 1) * width)];
    }

    private static void RequireClose(double expected, double actual, double tolerance, string what) => Assert.True(
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance, $"{what}: {expected:R} and {actual:R}");
}
