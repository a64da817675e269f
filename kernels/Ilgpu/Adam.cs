using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) over flat arenas (1, n): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
/// θ ← θ − a·m / (c·√v + ε) with a and c from the schedule's row for this step. And the step's end.
/// </summary>
internal static class AdamKernels
{
    /// <summary>Loops over the n numbers.</summary>
    public static void Update(
        int length, AdamSettings settings, ArrayView<float> gradient, ArrayView<float> schedule, ArrayView<int> counters,
        ArrayView<float> firstMoment, ArrayView<float> secondMoment, ArrayView<float> parameters)
    {
        int scheduled = counters[Counter.StepInEpoch] * Schedule.Columns;
        float stepSize = schedule[scheduled + Schedule.StepSize];
        float correction = schedule[scheduled + Schedule.SecondMomentCorrection];
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
        {
            float g = gradient[i];
            float m = (settings.Beta1 * firstMoment[i]) + ((1f - settings.Beta1) * g);
            float v = (settings.Beta2 * secondMoment[i]) + ((1f - settings.Beta2) * g * g);
            firstMoment[i] = m;
            secondMoment[i] = v;
            parameters[i] -= stepSize * m / ((correction * MathF.Sqrt(v)) + settings.Epsilon);
        }
    }

    /// <summary>One thread adds 1 to both counters (1, 2).</summary>
    public static void Advance(ArrayView<int> counters)
    {
        counters[Counter.StepInEpoch] += 1;
        counters[Counter.GlobalStep] += 1;
    }
}

public sealed partial class IlgpuBackend
{
    private AdamLauncher? adam;
    private Action<AcceleratorStream, KernelConfig, ArrayView<int>>? advance;

    private delegate void AdamLauncher(
        AcceleratorStream stream, KernelConfig config, int length, AdamSettings settings, ArrayView<float> gradient,
        ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> firstMoment, ArrayView<float> secondMoment,
        ArrayView<float> parameters);

    /// <inheritdoc/>
    public void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        RequireLength(gradient, parameters.Length, nameof(gradient));
        RequireLength(firstMoment, parameters.Length, nameof(firstMoment));
        RequireLength(secondMoment, parameters.Length, nameof(secondMoment));
        RequireColumns(schedule, Schedule.Columns, nameof(schedule));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (parameters.Length == 0)
            return;
        adam ??= new(accelerator.LoadKernel<
            int, AdamSettings, ArrayView<float>, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>,
            ArrayView<float>>(AdamKernels.Update));
        int length = ElementCount(parameters, nameof(parameters));
        adam(
            CountedStream(), shapes.Elements(length), length, settings, Array(gradient), Array(schedule),
            Array(counters), Array(firstMoment), Array(secondMoment), Array(parameters));
    }

    /// <inheritdoc/>
    public void Advance(View<int> counters)
    {
        RequireLength(counters, Counter.Count, nameof(counters));
        advance ??= accelerator.LoadKernel<ArrayView<int>>(AdamKernels.Advance);
        advance(CountedStream(), new KernelConfig(1, 1), Array(counters));
    }
}
