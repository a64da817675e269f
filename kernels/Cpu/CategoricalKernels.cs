using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="CategoricalLikelihood"/> and <see cref="Softmax"/>. An item is a row. Groups have a handful of columns each and
/// begin anywhere, so that a vector would mostly wait for its ends; sums are in double precision and in order.
/// </summary>
internal unsafe struct CategoricalKernels
{
    public float* Target;
    public int* Starts;
    public float* Loss;
    public float* Values;
    public int Groups;
    public int Columns;
    public float GradientScale;

    public static void Run<S, V>(CpuDevice<S, V> device, in CategoricalLikelihood operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new CategoricalKernels
        {
            Target = operation.Target.Pointer(),
            Starts = operation.Starts.Pointer(),
            Loss = operation.Loss.Pointer(),
            Values = operation.Outputs.Pointer(),
            Groups = operation.Starts.Columns - 1,
            Columns = operation.Outputs.Columns,
            GradientScale = operation.GradientScale,
        };
        device.Pool.Run(&Likelihood, &kernel, operation.Outputs.Rows);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in Softmax operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new CategoricalKernels
        {
            Starts = operation.Starts.Pointer(),
            Values = operation.Values.Pointer(),
            Groups = operation.Starts.Columns - 1,
            Columns = operation.Values.Columns,
        };
        device.Pool.Run(&Probabilities, &kernel, operation.Values.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Likelihood(void* context, int first, int count, int worker)
    {
        ref readonly CategoricalKernels kernel = ref *(CategoricalKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            float* values = kernel.Values + ((long)row * kernel.Columns);
            float* target = kernel.Target + ((long)row * kernel.Columns);
            double loss = 0;
            for (int group = 0; group < kernel.Groups; group++)
            {
                (int start, int end) = (kernel.Starts[group], kernel.Starts[group + 1]);
                float largest = Largest(values, start, end);
                double sum = 0, mass = 0, met = 0;
                for (int column = start; column < end; column++)
                {
                    sum += MathF.Exp(values[column] - largest);
                    mass += target[column];
                    met += (double)target[column] * (values[column] - largest);
                }
                loss += (Math.Log(sum) * mass) - met;
                for (int column = start; column < end; column++)
                {
                    double probability = MathF.Exp(values[column] - largest) / sum;
                    values[column] = (float)(kernel.GradientScale * ((probability * mass) - target[column]));
                }
            }
            kernel.Loss[row] = (float)(kernel.Loss[row] + loss);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Probabilities(void* context, int first, int count, int worker)
    {
        ref readonly CategoricalKernels kernel = ref *(CategoricalKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            float* values = kernel.Values + ((long)row * kernel.Columns);
            for (int group = 0; group < kernel.Groups; group++)
            {
                (int start, int end) = (kernel.Starts[group], kernel.Starts[group + 1]);
                float largest = Largest(values, start, end);
                double sum = 0;
                for (int column = start; column < end; column++)
                    sum += values[column] = MathF.Exp(values[column] - largest);
                for (int column = start; column < end; column++)
                    values[column] = (float)(values[column] / sum);
            }
        }
    }

    /// <summary>NaN where one of them is.</summary>
    private static float Largest(float* values, int start, int end)
    {
        float largest = float.NegativeInfinity;
        for (int column = start; column < end; column++)
            largest = MathF.Max(largest, values[column]);
        return largest;
    }
}
