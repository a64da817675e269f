namespace GpuVae.Kernels.Cpu.Similarity;

/// <summary><see cref="PowerProduct"/>: a few numbers of each picture, in double precision.</summary>
internal static unsafe class PowerProductKernel
{
    public static void Run<S, V>(CpuDevice<S, V> device, in PowerProduct operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int factors, int columns) = (operation.Factors.Rows, operation.Factors.Columns);
        float* values = operation.Factors.Pointer();
        float* exponents = operation.Exponents.Pointer();
        float* product = operation.Product.Pointer();
        float* derivatives = operation.Derivatives.Pointer();
        double floor = operation.Floor;
        for (int column = 0; column < columns; column++)
        {
            double logarithm = 0;
            for (int m = 0; m < factors; m++)
                logarithm += exponents[m] * Math.Log(Math.Max(values[((nint)m * columns) + column], floor));
            double power = Math.Exp(logarithm);
            product[column] = (float)power;
            for (int m = 0; m < factors; m++)
            {
                nint at = ((nint)m * columns) + column;
                // A factor that is not a number has no derivative that is one.
                derivatives[at] = values[at] < floor ? 0 : (float)(exponents[m] * power / values[at]);
            }
        }
    }
}
