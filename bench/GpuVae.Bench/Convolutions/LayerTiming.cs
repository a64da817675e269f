using System.Diagnostics;
using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Bench.Convolutions;

/// <summary>What a training step computes of a layer.</summary>
internal enum Direction
{
    Forward,
    InputGradient,
    WeightGradient,
}

/// <summary>The time of a layer in one direction.</summary>
/// <param name="Name">The direction.</param>
/// <param name="Flops">Of a batch, padding left out.</param>
/// <param name="Seconds">Of a batch, with one thread.</param>
/// <param name="Share">Of the peak of a core that was measured beside it.</param>
/// <param name="Peak">That peak, in FLOP/s.</param>
/// <param name="SpeedUp">By all threads.</param>
/// <param name="Bytes">Maps and weights that are read and written, each once: what memory moves at least.</param>
internal sealed record LayerTiming(string Name, double Flops, double Seconds, double Share, double Peak, double SpeedUp, double Bytes)
{
    private const int LeastSamples = 7;
    private const double SecondsOfSample = 2e-3;

    // The runtime compiles a method that is called often anew, some tenths of a second after the calls.
    private const double SecondsOfWarmUp = 0.15;

    /// <summary>
    /// Takes turns: the peak, the layer with one thread, the layer with all. So what the machine does meanwhile, such as another
    /// clock rate, meets all three. Each turn begins with an execution that does not count: after the others' turns threads are asleep
    /// and caches hold other maps, where in training the layer before has just woken the ones and filled the others.
    /// </summary>
    public static LayerTiming Measure(NetworkLayer layer, Direction direction, CpuDevice one, CpuDevice all, double secondsOfMeasurement)
    {
        OperationCase row = Case(layer, direction);
        using PreparedCase alone = row.Prepare(one), together = row.Prepare(all);
        double flops = 2 * layer.Geometry.MultiplyAdds * NetworkLayer.Images;
        int executions = WarmUp(alone);
        WarmUp(together);
        List<double> seconds = [], peaks = [], passed = [], passedOfAll = [];
        var clock = Stopwatch.StartNew();
        while (seconds.Count < LeastSamples || clock.Elapsed.TotalSeconds < secondsOfMeasurement)
        {
            peaks.Add(MultiplyAddRate.Sample(Machine.VectorBits, () => ThreadClock.Seconds));
            (double own, double wall) = Sample(alone, executions);
            seconds.Add(own);
            passed.Add(wall);
            passedOfAll.Add(Sample(together, executions).Passed);
        }
        return new LayerTiming(
            Words(direction), flops, Statistics.Median(seconds),
            Statistics.Median(seconds.Zip(peaks, (time, peak) => flops / time / peak)), Statistics.Median(peaks),
            passed.Min() / passedOfAll.Min(), BytesOf(layer, direction));
    }

    /// <summary>
    /// The share of what multiply-adds and memory allow, whichever takes longer: the roofline of Williams, Waterman and Patterson (2009).
    /// </summary>
    /// <param name="bandwidth">Of a core, in bytes a second.</param>
    public double ShareOfRoofline(double bandwidth) => Math.Max(Share, Bytes / bandwidth / Seconds);

    // What a gradient of an input is multiplied by is as large as it, and is read too.
    private static double BytesOf(NetworkLayer layer, Direction direction)
    {
        (Shape large, Shape small) = (layer.Geometry.Large, layer.Geometry.Small);
        long input = layer.IsTransposed ? small.Size : large.Size;
        long numbers = large.Size + small.Size + (direction == Direction.InputGradient ? input : 0);
        return sizeof(float) * ((NetworkLayer.Images * (double)numbers) + ((double)small.Channels * layer.Geometry.Depth));
    }

    private static int WarmUp(PreparedCase prepared)
    {
        int executions = 1;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < SecondsOfWarmUp)
            executions = Math.Clamp((int)(SecondsOfSample / Sample(prepared, executions).Passed), 1, 4 * executions);
        return executions;
    }

    private static (double Own, double Passed) Sample(PreparedCase prepared, int executions)
    {
        prepared.Execute();
        long start = Stopwatch.GetTimestamp();
        double own = ThreadClock.Seconds;
        for (int i = 0; i < executions; i++)
            prepared.Execute();
        return ((ThreadClock.Seconds - own) / executions, Stopwatch.GetElapsedTime(start).TotalSeconds / executions);
    }

    private static string Words(Direction direction) => direction switch
    {
        Direction.Forward => "forward",
        Direction.InputGradient => "input gradient",
        _ => "weight gradient",
    };

    private static OperationCase Case(NetworkLayer layer, Direction direction)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        int images = NetworkLayer.Images;
        if (direction == Direction.WeightGradient)
        {
            return OperationCase.Create(Words(direction), CaseSize.Step, workspace => new ConvolutionWeightGradient(
                geometry, workspace.Source(images, geometry.Large.Size), workspace.Source(images, geometry.Small.Size),
                workspace.Destination("weightGradient", geometry.Small.Channels, geometry.Depth, Tolerance.Exact)));
        }
        bool isForward = direction == Direction.Forward, goesUp = layer.IsTransposed == isForward;
        (Shape from, Shape to) = goesUp ? (geometry.Small, geometry.Large) : (geometry.Large, geometry.Small);
        if (goesUp)
        {
            return OperationCase.Create(Words(direction), CaseSize.Step, workspace => new ConvolveTransposed(
                geometry, workspace.Source(images, from.Size), workspace.Source(geometry.Small.Channels, geometry.Depth),
                Follow(workspace), workspace.Destination("x", images, to.Size, Tolerance.Exact)));
        }
        return OperationCase.Create(Words(direction), CaseSize.Step, workspace => new Convolve(
            geometry, workspace.Source(images, from.Size), workspace.Source(geometry.Small.Channels, geometry.Depth),
            Follow(workspace), workspace.Destination("y", images, to.Size, Tolerance.Exact)));

        Epilogue Follow(CaseWorkspace workspace) => isForward
            ? Epilogue.BiasActivation(workspace.Source(1, to.Channels), layer.IsLast ? Activation.Identity : Activation.Relu)
            : Epilogue.Derivative(workspace.Source(images, to.Size), Activation.Relu);
    }
}
