using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>A function of two numbers, as a type; see <see cref="ElementwiseFunction"/>.</summary>
internal interface IBinaryFunction
{
    /// <summary>f(a, b).</summary>
    static abstract float Apply(float a, float b);
}

/// <summary>a + b.</summary>
internal readonly struct AddFunction : IBinaryFunction
{
    public static float Apply(float a, float b) => a + b;
}

/// <summary>a − b.</summary>
internal readonly struct SubtractFunction : IBinaryFunction
{
    public static float Apply(float a, float b) => a - b;
}

/// <summary>a · b.</summary>
internal readonly struct MultiplyFunction : IBinaryFunction
{
    public static float Apply(float a, float b) => a * b;
}

/// <summary>c[i, j] = f(a[i, j], b[i, j]) with a and c (R, N) and b (R, N) or (1, N), whose row is broadcast.</summary>
internal static class ElementwiseKernel<TFunction>
    where TFunction : struct, IBinaryFunction
{
    public static readonly LazyKernel<ElementwiseLauncher> Kernel = new(Apply);

    /// <summary>
    /// Loops over the elements of c; element i meets element i modulo <paramref name="period"/> of b.
    /// </summary>
    public static void Apply(int length, int period, ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
        {
            int other = period == length ? i : i % period;
            c[i] = TFunction.Apply(a[i], b[other]);
        }
    }
}

/// <summary>Launches an <see cref="ElementwiseKernel{TFunction}"/>.</summary>
internal delegate void ElementwiseLauncher(
    AcceleratorStream stream, KernelConfig config, int length, int period, ArrayView<float> a, ArrayView<float> b,
    ArrayView<float> c);

/// <summary><see cref="Elementwise"/>.</summary>
internal static class ElementwiseKernel
{
    internal static void Run(GpuDevice device, in Elementwise operation)
    {
        ArrayView<float> b = device.AsArray(operation.B), c = device.AsArray(operation.C);
        int length = c.IntLength;
        if (length == 0)
            return;
        LazyKernel<ElementwiseLauncher> kernel = operation.Function switch
        {
            ElementwiseFunction.Add => ElementwiseKernel<AddFunction>.Kernel,
            ElementwiseFunction.Subtract => ElementwiseKernel<SubtractFunction>.Kernel,
            ElementwiseFunction.Multiply => ElementwiseKernel<MultiplyFunction>.Kernel,
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Function, null),
        };
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, b.IntLength,
            device.AsArray(operation.A), b, c);
    }
}
