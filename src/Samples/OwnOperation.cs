using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Samples;

/// <summary>
/// c[i, j] = a[i, j] + s · b[i, j]: an operation of one's own. It is a value with its operands, its cost and its conditions;
/// what it expands into runs on every device, and a kernel makes it faster where that pays.
/// </summary>
/// <param name="A">(R, N).</param>
/// <param name="B">(R, N).</param>
/// <param name="Factor">s.</param>
/// <param name="Factors">(1, R), overwritten: s for each row, where there is no kernel.</param>
/// <param name="C">(R, N).</param>
internal readonly record struct AddScaled(
    View<float> A, View<float> B, float Factor, View<float> Factors, View<float> C) : IOperation
{
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(A).Source(B).Destination(Factors).Destination(C).ToList();

    public OperationCost Cost => OperandList.Cost(2.0 * C.Length, Operands);

    public void Check()
    {
        if (A.Length != C.Length || B.Length != C.Length || Factors.Length != C.Rows)
            throw new ArgumentException("A, B and C must have the same shape, and a factor for each row.");
    }

    /// <summary>c = a ⊙ 1 by an epilogue that changes nothing, then c + s · b.</summary>
    public void Expand(IDevice device)
    {
        device.Run(new ApplyEpilogue(A, Epilogue.Store, C));
        device.Run(new Fill(Factor, Factors));
        device.Run(new AddScaledRows(Factors, B, C));
    }
}

/// <summary>Runs <see cref="AddScaled"/> by what it expands into, and then by a kernel.</summary>
internal static class OwnOperation
{
    public static void Run()
    {
        using IDevice device = Device.Open("cpu");
        View<float> a = Upload(device, [1, 2, 3, 4]), b = Upload(device, [10, 20, 30, 40]), c = Upload(device, [0, 0, 0, 0]);
        View<float> factors = device.Allocate<float>(2).AsVector();

        device.Run(new AddScaled(a, b, 0.5f, factors, c));
        Console.WriteLine($"expanded: {string.Join(' ', Download(device, c))}");

        CpuDevice.Register<AddScaled>(static (cpu, in operation) =>
        {
            Span<float> left = cpu.Span(operation.A), right = cpu.Span(operation.B), sum = cpu.Span(operation.C);
            for (int i = 0; i < sum.Length; i++)
                sum[i] = left[i] + (operation.Factor * right[i]);
        });
        device.Run(new AddScaled(a, b, 0.5f, factors, c));
        Console.WriteLine($"by a kernel: {string.Join(' ', Download(device, c))}");
    }

    private static View<float> Upload(IDevice device, float[] values)
    {
        View<float> view = device.Allocate<float>(values.Length).AsMatrix(2, values.Length / 2);
        device.Upload<float>(values, view);
        return view;
    }

    private static float[] Download(IDevice device, View<float> view)
    {
        var values = new float[view.Length];
        device.Download<float>(view, values);
        return values;
    }
}
