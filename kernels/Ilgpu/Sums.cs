using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// The sum of one number from each thread of a group, as a tree of fixed shape: with G threads, thread t adds the
/// number of thread t + G/2, then of t + G/4, and so on. No atomics, so the same numbers give the same bits.
/// </summary>
internal static class GroupSum
{
    /// <summary>Every thread of a one-dimensional group calls this once; G is a power of two.</summary>
    public static float Of(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(LaunchShapes.MaximumGroup);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int width = Group.DimX / 2; width > 0; width /= 2)
        {
            if (thread < width)
                shared[thread] += shared[thread + width];
            Group.Barrier();
        }
        return shared[0];
    }
}

/// <summary>
/// Sums over matrices, in a fixed order: a thread adds every G-th number, then the threads' sums make a tree.
/// </summary>
internal static class SumKernels
{
    /// <summary>sums[r] = Σⱼ values[r, j] with values (R, N), a group for each r.</summary>
    public static void Rows(int columns, ArrayView<float> values, ArrayView<float> sums)
    {
        float sum = GroupSum.Of(ThreadSum(columns, values));
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = sum;
    }

    /// <summary>history[counters[StepInEpoch], r] = Σⱼ terms[r, j] with terms (R, N) and history (steps, R).</summary>
    public static void Terms(int columns, ArrayView<float> terms, ArrayView<int> counters, ArrayView<float> history)
    {
        float sum = GroupSum.Of(ThreadSum(columns, terms));
        if (Group.IdxX == 0)
            history[(counters[Counter.StepInEpoch] * Grid.DimX) + Grid.IdxX] = sum;
    }

    /// <summary>
    /// sums[j] = Σᵢ values[i, j] with values (B, N). Threads that differ in x have neighbouring columns; thread y of Y
    /// adds rows y, y + Y, …, and a tree over y does the rest.
    /// </summary>
    public static void Columns(int rows, int columns, ArrayView<float> values, ArrayView<float> sums)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(LaunchShapes.MaximumGroup);
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

    private static float ThreadSum(int columns, ArrayView<float> values)
    {
        int start = Grid.IdxX * columns;
        float sum = 0f;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
            sum += values[start + column];
        return sum;
    }
}

public sealed partial class IlgpuBackend
{
    private Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<float>>? sumRows;
    private Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<int>, ArrayView<float>>? sumTerms;
    private Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<float>>? sumColumns;

    /// <inheritdoc/>
    public void SumColumns(View<float> values, View<float> sums)
    {
        RequireLength(sums, values.Columns, nameof(sums));
        if (values.Columns == 0)
            return;
        sumColumns ??= accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<float>>(SumKernels.Columns);
        sumColumns(
            CountedStream(), shapes.Columns(values.Columns), values.Rows, values.Columns, Array(values), Array(sums));
    }

    /// <inheritdoc/>
    public void SumTerms(View<float> terms, View<int> counters, View<float> history)
    {
        RequireColumns(history, terms.Rows, nameof(history));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (terms.Rows == 0)
            return;
        sumTerms ??= accelerator.LoadKernel<int, ArrayView<float>, ArrayView<int>, ArrayView<float>>(SumKernels.Terms);
        sumTerms(
            CountedStream(), shapes.Rows(terms.Rows, terms.Columns), terms.Columns, Array(terms), Array(counters),
            Array(history));
    }

    private void SumRows(int rows, int columns, ArrayView<float> values, ArrayView<float> sums)
    {
        sumRows ??= accelerator.LoadKernel<int, ArrayView<float>, ArrayView<float>>(SumKernels.Rows);
        sumRows(CountedStream(), shapes.Rows(rows, columns), columns, values, sums);
    }
}
