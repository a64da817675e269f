using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="Softmax"/>: ℓ ← e^ℓ / Σ e^ℓ over each group of columns, with ℓ (R, D) and starts (1, G + 1).</summary>
internal static class SoftmaxKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Normalize);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int groups, int columns, ArrayView<int> starts,
        ArrayView<float> values);

    /// <summary>A thread has a group of a row.</summary>
    public static void Normalize(int length, int groups, int columns, ArrayView<int> starts, ArrayView<float> values)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / groups, group = element - (row * groups), offset = row * columns;
            int start = offset + starts[group], end = offset + starts[group + 1];
            float largest = values[start];
            for (int i = start + 1; i < end; i++)
                largest = MathF.Max(largest, values[i]);
            float sum = 0f;
            for (int i = start; i < end; i++)
                sum += MathF.Exp(values[i] - largest);
            for (int i = start; i < end; i++)
                values[i] = MathF.Exp(values[i] - largest) / sum;
        }
    }

    internal static void Run(GpuDevice device, in Softmax operation)
    {
        int groups = operation.Starts.Columns - 1, length = operation.Values.Rows * groups;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, groups, operation.Values.Columns,
            device.AsArray(operation.Starts), device.AsArray(operation.Values));
    }
}
