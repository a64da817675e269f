using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="CategoricalLikelihood"/>: loss[r] += Σ_g (log Σ e^ℓ · Σ x − Σ xℓ) and ℓ ← scale · (softmax(ℓ) Σ x − x), with x and ℓ
/// (R, D) and starts (1, G + 1).
/// </summary>
internal static class CategoricalLikelihoodKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Evaluate);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int rows, int groups, int columns, float scale,
        ArrayView<int> starts, ArrayView<float> target, ArrayView<float> loss, ArrayView<float> outputs);

    /// <summary>
    /// A thread has a row, whose groups it adds up in order: a row of a table is short, and its loss is one number.
    /// </summary>
    public static void Evaluate(
        int rows, int groups, int columns, float scale, ArrayView<int> starts, ArrayView<float> target,
        ArrayView<float> loss, ArrayView<float> outputs)
    {
        int stride = Grid.DimX * Group.DimX;
        for (int row = (Grid.IdxX * Group.DimX) + Group.IdxX; row < rows; row += stride)
        {
            int offset = row * columns;
            float rowLoss = 0f;
            for (int group = 0; group < groups; group++)
            {
                int start = offset + starts[group], end = offset + starts[group + 1];
                float largest = outputs[start];
                for (int i = start + 1; i < end; i++)
                    largest = MathF.Max(largest, outputs[i]);
                float sum = 0f, mass = 0f, met = 0f;
                for (int i = start; i < end; i++)
                {
                    float logit = outputs[i] - largest, x = target[i];
                    sum += MathF.Exp(logit);
                    mass += x;
                    met += x * logit;
                }
                rowLoss += (MathF.Log(sum) * mass) - met;
                for (int i = start; i < end; i++)
                    outputs[i] = scale * ((MathF.Exp(outputs[i] - largest) / sum * mass) - target[i]);
            }
            loss[row] += rowLoss;
        }
    }

    internal static void Run(GpuDevice device, in CategoricalLikelihood operation)
    {
        int rows = operation.Outputs.Rows;
        if (rows == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(rows), rows, operation.Starts.Columns - 1,
            operation.Outputs.Columns, operation.GradientScale, device.AsArray(operation.Starts),
            device.AsArray(operation.Target), device.AsArray(operation.Loss), device.AsArray(operation.Outputs));
    }
}
