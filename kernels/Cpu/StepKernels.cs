namespace GpuVae.Kernels.Cpu;

/// <summary>
/// What ends a training step: <see cref="SumTerms"/>, history[step, r] = Σⱼ terms[r, j] in double precision and in order, and
/// <see cref="Advance"/>, which adds 1 to both counters. Too little work to divide.
/// </summary>
internal static unsafe class StepKernels
{
    public static void Run<S, V>(CpuDevice<S, V> device, in SumTerms operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* source = operation.Terms.Pointer();
        int step = operation.Counters.Pointer()[Counter.StepInEpoch];
        float* destination = operation.History.RowRange(step, 1).Pointer();
        for (int row = 0; row < operation.Terms.Rows; row++)
        {
            double sum = 0;
            for (int column = 0; column < operation.Terms.Columns; column++)
                sum += source[((long)row * operation.Terms.Columns) + column];
            destination[row] = (float)sum;
        }
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in Advance operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* counters = operation.Counters.Pointer();
        counters[Counter.StepInEpoch]++;
        counters[Counter.GlobalStep]++;
    }
}
