namespace GpuVae.Kernels.Cpu;

/// <summary>The end of a step: its losses are kept, and the counters go on.</summary>
internal static unsafe class StepKernels
{
    /// <summary><see cref="SumTerms"/>, in double precision.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SumTerms operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        View<float> terms = operation.Terms;
        float* source = terms.Pointer();
        int step = operation.Counters.Pointer()[Counter.StepInEpoch];
        float* destination = operation.History.RowRange(step, 1).Pointer();
        for (int row = 0; row < terms.Rows; row++)
        {
            double sum = 0;
            for (int column = 0; column < terms.Columns; column++)
                sum += source[((long)row * terms.Columns) + column];
            destination[row] = (float)sum;
        }
    }

    /// <summary><see cref="Advance"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in Advance operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* counters = operation.Counters.Pointer();
        counters[Counter.StepInEpoch]++;
        counters[Counter.GlobalStep]++;
    }
}
