using GpuVae.Detection;

namespace GpuVae.Export.Onnx;

/// <summary>
/// What a detector remembers of its training rows, as operators: the nearest codes of a row, and how far it is from what the decoder
/// makes of them. <see cref="CodeMemory"/> has the formula.
/// </summary>
/// <remarks>
/// Distances are summed as the library does it, in float32, one number of the code after the other: of equal codes they have equal
/// bits, and equally near codes are taken in the same order. The expanded form ‖z‖² − 2 z·c + ‖c‖² would be one product, but in
/// float32 it cancels where codes are near, and in double precision it tells apart what float32 rounds to one, so that either would
/// choose other neighbours. A row takes K·D numbers of memory while it is scored.
/// </remarks>
/// <param name="graph">What they are added to.</param>
/// <param name="memory">The codes.</param>
internal sealed class MemoryGraph(GraphBuilder graph, CodeMemory memory)
{
    /// <summary>The parts of the score that a row's numbers have, and what is normal for it.</summary>
    /// <param name="x">(N, D) of floats, as the encoder sees it.</param>
    /// <param name="code">(N, k).</param>
    /// <param name="reconstruction">(N, D), what the decoder makes of that.</param>
    /// <returns>
    /// (N, D) of doubles, whose sum is the score, +∞ each where the model's own numbers overflow; and (N, D) of floats.
    /// </returns>
    public (string Parts, string Expected) Measure(string x, string code, string reconstruction)
    {
        (string distances, string places) = graph.Smallest(Distances(code), memory.Neighbors);
        string neighbors = graph.Node(
            "Gather", [graph.Constant(memory.Reconstructions, memory.Count, memory.Dimensions), places], OnnxAttribute.Of("axis", 0));
        string difference = graph.Subtract(graph.Reshape(x, 0, 1, memory.Dimensions), neighbors);
        string count = graph.Double(memory.Neighbors), softening = graph.Double(memory.Softening);
        string farErrors = graph.Divide(
            graph.Cast(graph.SumMiddle(graph.Multiply(difference, difference)), OnnxType.Double), count);
        string ownDifference = graph.Subtract(graph.Cast(x, OnnxType.Double), graph.Cast(reconstruction, OnnxType.Double));
        string ownErrors = graph.Multiply(ownDifference, ownDifference);
        string far = graph.SumColumns(farErrors, keepsColumn: true), own = graph.SumColumns(ownErrors, keepsColumn: true);

        string score = graph.Multiply(
            graph.Add(graph.Node("Sqrt", [far]), softening),
            graph.Node("Pow", [graph.Add(graph.Node("Sqrt", [own]), softening), graph.Double(CodeMemory.OwnExponent)]));
        if (memory.Spreads.Length > 0)
        {
            double[] values = Array.ConvertAll(memory.Spreads, spread => (double)spread);
            string spreads = graph.Node("Gather", [graph.Constant(values, memory.Count), places], OnnxAttribute.Of("axis", 0));
            string local = graph.Divide(graph.SumColumns(spreads, keepsColumn: true), count);
            score = graph.Divide(score, graph.Node("Sqrt", [graph.Add(local, softening)]));
        }

        string farScore = graph.Divide(score, graph.Double(1 + CodeMemory.OwnExponent)), ownScore = graph.Subtract(score, farScore);
        string parts = graph.Add(
            graph.Multiply(farScore, Shares(farErrors, far)), graph.Multiply(ownScore, Shares(ownErrors, own)));
        // As many codes with a finite distance, and a finite score; what is not a number is neither.
        string isNear = graph.Node(
            "LessOrEqual", [graph.Columns(distances, memory.Neighbors - 1, memory.Neighbors), graph.Float(float.MaxValue)]);
        string isFinite = graph.Node("LessOrEqual", [score, graph.Double(double.MaxValue)]);
        parts = graph.Where(graph.Node("And", [isNear, isFinite]), parts, graph.Double(double.PositiveInfinity));
        return (parts, graph.Divide(graph.SumMiddle(neighbors), graph.Float(memory.Neighbors)));
    }

    /// <summary>(N, M), squared.</summary>
    private string Distances(string code)
    {
        string? sum = null;
        for (int unit = 0; unit < memory.Units; unit++)
        {
            var numbers = new float[memory.Count];
            for (int row = 0; row < numbers.Length; row++)
                numbers[row] = memory.Codes[(row * memory.Units) + unit];
            string difference = graph.Subtract(graph.Columns(code, unit, unit + 1), graph.Constant(numbers, 1, memory.Count));
            string square = graph.Multiply(difference, difference);
            sum = sum is null ? square : graph.Add(sum, square);
        }
        return sum!;
    }

    /// <summary>Each number's share of the sum of the errors; equal ones where there are none.</summary>
    private string Shares(string errors, string sum) => graph.Where(
        graph.Greater(sum, graph.Double(0)), graph.Divide(errors, sum), graph.Double(1.0 / memory.Dimensions));
}
