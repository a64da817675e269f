using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>Rows of draws (B·K, N), those of image b from b·K on: repeated, scaled, added, and their numbers' means.</summary>
internal static class DrawRowKernels
{
    /// <summary>repeated[r, :] = rows[r / K, :]; loops over the elements of repeated.</summary>
    public static void Repeat(int length, int columns, int draws, ArrayView<float> rows, ArrayView<float> repeated)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / columns;
            repeated[element] = rows[element - ((row - (row / draws)) * columns)];
        }
    }

    /// <summary>values[r, :] ← factors[r] · values[r, :]; loops over the elements.</summary>
    public static void Scale(int length, int columns, ArrayView<float> factors, ArrayView<float> values)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
            values[element] *= factors[element / columns];
    }

    /// <summary>values[r, :] ← values[r, :] + factors[r] · addend[r, :]; loops over the elements.</summary>
    public static void AddScaled(
        int length, int columns, ArrayView<float> factors, ArrayView<float> addend, ArrayView<float> values)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
            values[element] += factors[element / columns] * addend[element];
    }

    /// <summary>means[b] = 1/K · Σ_s values[b·K + s]; loops over the images.</summary>
    public static void Mean(int images, int draws, ArrayView<float> values, ArrayView<float> means)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int image = (Grid.IdxX * Group.DimX) + Group.IdxX; image < images; image += stride)
        {
            float sum = 0f;
            for (int draw = image * draws; draw < (image + 1) * draws; draw++)
                sum += values[draw];
            means[image] = sum / draws;
        }
    }
}

public sealed partial class IlgpuBackend
{
    private Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<float>, ArrayView<float>>? repeatRows;
    private Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<float>>? scaleRows;
    private AddScaledRowsLauncher? addScaledRows;
    private Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<float>>? meanOfDraws;

    private delegate void AddScaledRowsLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int columns, ArrayView<float> factors,
        ArrayView<float> addend, ArrayView<float> values);

    /// <inheritdoc/>
    public void RepeatRows(View<float> rows, View<float> repeated)
    {
        int draws = Shapes.Draws(rows.Rows, repeated.Rows);
        RequireColumns(repeated, rows.Columns, nameof(repeated));
        if (repeated.Length == 0)
            return;
        repeatRows ??= accelerator.LoadKernel<int, int, int, ArrayView<float>, ArrayView<float>>(DrawRowKernels.Repeat);
        int length = ElementCount(repeated, nameof(repeated));
        repeatRows(
            CountedStream(), shapes.Elements(length), length, rows.Columns, draws, Array(rows), Array(repeated));
    }

    /// <inheritdoc/>
    public void ScaleRows(View<float> factors, View<float> values)
    {
        RequireLength(factors, values.Rows, nameof(factors));
        if (values.Length == 0)
            return;
        scaleRows ??= accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<float>>(DrawRowKernels.Scale);
        int length = ElementCount(values, nameof(values));
        scaleRows(CountedStream(), shapes.Elements(length), length, values.Columns, Array(factors), Array(values));
    }

    /// <inheritdoc/>
    public void AddScaledRows(View<float> factors, View<float> addend, View<float> values)
    {
        RequireLength(factors, values.Rows, nameof(factors));
        RequireShape(addend, values.Rows, values.Columns, nameof(addend));
        if (values.Length == 0)
            return;
        addScaledRows ??= new(accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<float>, ArrayView<float>>(
            DrawRowKernels.AddScaled));
        int length = ElementCount(values, nameof(values));
        addScaledRows(
            CountedStream(), shapes.Elements(length), length, values.Columns, Array(factors), Array(addend),
            Array(values));
    }

    /// <inheritdoc/>
    public void MeanOfDraws(View<float> values, View<float> means)
    {
        int draws = Shapes.Draws(means.Length, values.Length);
        if (means.Length == 0)
            return;
        meanOfDraws ??= accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<float>>(DrawRowKernels.Mean);
        int images = ElementCount(means, nameof(means));
        meanOfDraws(CountedStream(), shapes.Elements(images), images, draws, Array(values), Array(means));
    }
}
