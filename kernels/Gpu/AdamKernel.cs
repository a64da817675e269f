using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="Adam"/> over flat arenas (1, n): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − a·m / (c·√v + ε) with
/// a and c from the schedule's row for this step.
/// </summary>
internal static class AdamKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Update);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, AdamSettings settings, ArrayView<float> gradient,
        ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> firstMoment, ArrayView<float> secondMoment,
        ArrayView<float> parameters);

    /// <summary>Loops over the n numbers.</summary>
    public static void Update(
        int length, AdamSettings settings, ArrayView<float> gradient, ArrayView<float> schedule,
        ArrayView<int> counters, ArrayView<float> firstMoment, ArrayView<float> secondMoment,
        ArrayView<float> parameters) =>
        UpdateEach(
            (Grid.IdxX * Group.DimX) + Group.IdxX, Grid.DimX * Group.DimX, length, settings, gradient, schedule,
            counters, firstMoment, secondMoment, parameters);

    /// <summary>A thread's share: from <paramref name="first"/> on, in steps of <paramref name="stride"/>.</summary>
    internal static void UpdateEach(
        int first, int stride, int length, AdamSettings settings, ArrayView<float> gradient, ArrayView<float> schedule,
        ArrayView<int> counters, ArrayView<float> firstMoment, ArrayView<float> secondMoment,
        ArrayView<float> parameters)
    {
        int scheduled = counters[Counter.StepInEpoch] * Schedule.Columns;
        float stepSize = schedule[scheduled + Schedule.StepSize];
        float correction = schedule[scheduled + Schedule.SecondMomentCorrection];
        for (int i = first; i < length; i += stride)
        {
            float g = gradient[i];
            float m = (settings.Beta1 * firstMoment[i]) + ((1f - settings.Beta1) * g);
            float v = (settings.Beta2 * secondMoment[i]) + ((1f - settings.Beta2) * g * g);
            firstMoment[i] = m;
            secondMoment[i] = v;
            parameters[i] -= stepSize * m / ((correction * MathF.Sqrt(v)) + settings.Epsilon);
        }
    }

    internal static void Run(GpuDevice device, in Adam operation)
    {
        ArrayView<float> parameters = device.AsArray(operation.Parameters);
        int length = parameters.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Settings,
            device.AsArray(operation.Gradient), device.AsArray(operation.Schedule), device.AsArray(operation.Counters),
            device.AsArray(operation.FirstMoment), device.AsArray(operation.SecondMoment), parameters);
    }
}
