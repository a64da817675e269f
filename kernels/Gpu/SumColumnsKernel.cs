using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="SumColumns"/>: sums[j] = Σᵢ values[i, j] with values (B, N), in a fixed order.</summary>
internal static class SumColumnsKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<float>>> _kernel = new(Sum);

    /// <summary>
    /// Threads that differ in x have neighbouring columns; thread y of Y adds rows y, y + Y, …, and a tree over y does
    /// the rest.
    /// </summary>
    public static void Sum(int rows, int columns, ArrayView<float> values, ArrayView<float> sums)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelConfigs.MaximumGroup);
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int read = Math.Min(column, columns - 1);
        float sum = 0f;
        for (int row = Group.IdxY; row < rows; row += Group.DimY)
            sum += values[(row * columns) + read];
        int thread = (Group.IdxY * Group.DimX) + Group.IdxX;
        shared[thread] = sum;
        Group.Barrier();
        for (int height = Group.DimY / 2; height > 0; height /= 2)
        {
            if (Group.IdxY < height)
                shared[thread] += shared[thread + (height * Group.DimX)];
            Group.Barrier();
        }
        if (Group.IdxY == 0 && column < columns)
            sums[column] = shared[thread];
    }

    internal static void Run(GpuDevice device, in SumColumns operation)
    {
        (int rows, int columns) = (operation.Values.Rows, operation.Values.Columns);
        if (columns == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Columns(columns), rows, columns, device.AsArray(operation.Values),
            device.AsArray(operation.Sums));
    }
}
