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
/// <param name="inner">Does the work; it goes with this device.</param>
/// <param name="clock">Seconds since whenever.</param>
internal sealed class TimingDevice(IDevice inner, Func<double> clock) : ForwardingDevice(inner)
{
    private readonly Dictionary<string, Expense> _expenses = [];

    /// <summary>What was spent since <see cref="Forget"/>, the largest first.</summary>
    public IEnumerable<KeyValuePair<string, Expense>> Expenses =>
        _expenses.OrderByDescending(entry => entry.Value.Seconds);

    /// <summary>Begins again.</summary>
    public void Forget() => _expenses.Clear();

    public override void Run<TOperation>(in TOperation operation)
    {
        double start = clock();
        Inner.Run(operation);
        double seconds = clock() - start;
        string label = Label(operation);
        (int calls, double sum) = _expenses.TryGetValue(label, out Expense? so) ? (so.Calls, so.Seconds) : (0, 0);
        _expenses[label] = new Expense(calls + 1, sum + seconds, operation.Cost);
    }

    /// <summary>A product by its three sizes, all else by the shapes of its operands.</summary>
    private static string Label<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation
    {
        if (operation is Multiply product)
            return $"{product.Orientation} {product.M}x{product.N}x{product.K} {product.Epilogue.Kind}";
        IEnumerable<string> shapes = operation.Operands.Select(operand => $"{operand.Rows}x{operand.Columns}");
        return $"{typeof(TOperation).Name.Split('`')[0]} {string.Join(' ', shapes.Distinct())}";
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Inner.Dispose();
        base.Dispose(disposing);
    }
}
