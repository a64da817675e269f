using System.Diagnostics;
using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Bench.Budget;

/// <summary>What operations of one kind and shape took.</summary>
/// <param name="Calls">How many.</param>
/// <param name="Seconds">In sum.</param>
/// <param name="Cost">What one of them costs at least.</param>
internal sealed record Expense(int Calls, double Seconds, OperationCost Cost);

/// <summary>
/// A device whose operations are done when their calls return, with a clock around each of them. So the time of a
/// step is told apart by operation where it happens: between the others, with the caches as they leave them.
/// </summary>
internal sealed class TimingDevice(IDevice inner) : ForwardingDevice(inner)
{
    private readonly Dictionary<string, Expense> _expenses = [];

    /// <summary>What was spent since <see cref="Forget"/>, the largest first.</summary>
    public IEnumerable<KeyValuePair<string, Expense>> Expenses => _expenses.OrderByDescending(entry => entry.Value.Seconds);

    /// <summary>Begins again.</summary>
    public void Forget() => _expenses.Clear();

    public override void Run<TOperation>(in TOperation operation)
    {
        long start = Stopwatch.GetTimestamp();
        Inner.Run(operation);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        // Products of three orientations may have the same shapes.
        string name = operation is Multiply product ? $"{product.Orientation}" : typeof(TOperation).Name.Split('`')[0];
        IEnumerable<string> shapes = operation.Operands.Select(operand => $"{operand.Rows}x{operand.Columns}");
        string label = $"{name} {string.Join(' ', shapes.Distinct())}";
        (int calls, double sum) = _expenses.TryGetValue(label, out Expense? so) ? (so.Calls, so.Seconds) : (0, 0);
        _expenses[label] = new Expense(calls + 1, sum + seconds, operation.Cost);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Inner.Dispose();
        base.Dispose(disposing);
    }
}
