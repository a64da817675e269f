using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using Xunit;

namespace GpuVae.Tests;

/// <summary>ILGPU's CPU accelerator as it is opened by name: groups of one thread.</summary>
public sealed class SmallGroups : IDisposable
{
    public IDevice Device { get; } = GpuVae.Kernels.Device.Open("ilgpu-cpu");

    public void Dispose() => Device.Dispose();
}

/// <summary>The same with the groups and tiles of a GPU: slow, but the threads really share memory and wait.</summary>
public sealed class GpuGroups : IDisposable
{
    public IDevice Device { get; } = GpuDevices.OpenHost("ilgpu-cpu", groupThreads: 256);

    public void Dispose() => Device.Dispose();
}

/// <summary>What tests of kernels share: numbers, memory, and a comparison with double precision.</summary>
public abstract class GpuTests(IDevice device)
{
    protected static readonly RandomSource Noise = new(7, RandomPurpose.TrainingCode);

    protected IDevice Device { get; } = device;

    protected static float[] Draw(uint step, int length)
    {
        float[] values = new float[length];
        Philox.FillNormal(new RandomSource(3, RandomPurpose.Initialization), step, values);
        return values;
    }

    protected View<float> Row(float[] values) => Matrix(values, 1, values.Length);

    protected View<float> Matrix(float[] values, int rows, int columns)
    {
        View<float> view = Device.Allocate<float>(values.Length).AsMatrix(rows, columns);
        Device.Upload<float>(values, view);
        return view;
    }

    protected View<int> Counters(int stepInEpoch, int globalStep)
    {
        View<int> view = Device.Allocate<int>(Counter.Count).AsVector();
        Device.Upload<int>([stepInEpoch, globalStep], view);
        return view;
    }

    protected float[] Download(View<float> view)
    {
        float[] values = new float[view.Length];
        Device.Download(view, values);
        return values;
    }

    protected static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double bound = tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= bound,
                $"element {i}: {actual[i]} where {expected[i]} is expected");
        }
    }
}
