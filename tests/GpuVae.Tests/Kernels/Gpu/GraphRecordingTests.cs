using GpuVae.Kernels;
using GpuVae.Kernels.Gpu.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// When a recording calls its operations, captures them and launches their graph, on a stream of lists.
/// </summary>
public sealed class GraphRecordingTests
{
    [Fact]
    public void Operations_run_once_are_captured_once_and_then_launched_as_a_graph()
    {
        var stream = new ListStream();
        using GraphRecording recording = Record(stream, "a", "b");
        recording.Replay();
        Assert.Equal(["a", "b"], stream.Ran);
        Assert.Equal((0, 0), (stream.Captures, stream.GraphLaunches));

        recording.Replay();
        recording.Replay();
        Assert.Equal(["a", "b", "a", "b", "a", "b"], stream.Ran);
        Assert.Equal((1, 2), (stream.Captures, stream.GraphLaunches));
        Assert.Equal("as one graph of 2 launches", recording.Description);
    }

    [Theory]
    [InlineData(Fault.Begin, "begin refused")]
    [InlineData(Fault.DuringCapture, "launch refused")]
    [InlineData(Fault.End, "end refused")]
    [InlineData(Fault.LaunchElsewhere, "1 of 2 launches went to another stream")]
    internal void Capture_that_fails_leaves_launches_one_by_one_and_says_why(Fault fault, string reason)
    {
        var stream = new ListStream { Fault = fault };
        using GraphRecording recording = Record(stream, "a", "b");
        for (int replay = 0; replay < 4; replay++)
            recording.Replay();
        Assert.Equal(4, stream.Ran.Count(name => name == "a"));
        Assert.False(stream.IsCapturing);
        Assert.Equal((0, 1), (stream.GraphLaunches, stream.Captures));
        Assert.Equal(stream.GraphsMade, stream.GraphsDisposed);
        Assert.Contains(reason, recording.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistake_of_the_operations_reaches_the_caller_and_ends_the_capture()
    {
        var stream = new ListStream();
        bool isBroken = false;
        using var recording = new GraphRecording(
            stream,
            () =>
            {
                stream.Launch("a");
                if (isBroken)
                    throw new ArgumentException("broken");
            },
            () => stream.Counted);
        recording.Replay();
        isBroken = true;
        Assert.Throws<ArgumentException>(recording.Replay);
        Assert.False(stream.IsCapturing);
    }

    [Fact]
    public void Graph_is_given_back_once()
    {
        var stream = new ListStream();
        GraphRecording recording = Record(stream, "a");
        recording.Replay();
        recording.Replay();
        recording.Dispose();
        recording.Dispose();
        Assert.Equal((1, 1), (stream.GraphsMade, stream.GraphsDisposed));
    }

    private static GraphRecording Record(ListStream stream, params string[] launches) =>
        new(stream, () => Array.ForEach(launches, stream.Launch), () => stream.Counted);

    /// <summary>What goes wrong in every capture.</summary>
    internal enum Fault
    {
        None,
        Begin,
        DuringCapture,
        End,
        LaunchElsewhere,
    }

    /// <summary>Keeps the names of launches while it captures, as a driver keeps the launches.</summary>
    private sealed class ListStream : ICapturingStream
    {
        private List<string>? _kept;

        public Fault Fault { get; init; }

        public List<string> Ran { get; } = [];

        public long Counted { get; private set; }

        public int Captures { get; private set; }

        public int GraphLaunches { get; private set; }

        public int GraphsMade { get; private set; }

        public int GraphsDisposed { get; private set; }

        public bool IsCapturing => _kept is not null;

        public void Launch(string name)
        {
            if (IsCapturing && Fault == Fault.DuringCapture)
                throw new DeviceException("launch refused");
            Counted++;
            if (!IsCapturing)
                Ran.Add(name);
            else if (Fault != Fault.LaunchElsewhere || name != "b")
                _kept!.Add(name);
        }

        public void BeginCapture()
        {
            Assert.False(IsCapturing);
            Captures++;
            if (Fault == Fault.Begin)
                throw new DeviceException("begin refused");
            _kept = [];
        }

        public ILaunchGraph EndCapture()
        {
            List<string> kept = _kept!;
            _kept = null;
            if (Fault == Fault.End)
                throw new DeviceException("end refused");
            GraphsMade++;
            return new Graph(this, kept);
        }

        public void AbandonCapture() => _kept = null;

        private sealed class Graph(ListStream owner, List<string> kept) : ILaunchGraph
        {
            public long Launches => kept.Count;

            public void Launch()
            {
                owner.GraphLaunches++;
                owner.Ran.AddRange(kept);
            }

            public void Dispose() => owner.GraphsDisposed++;
        }
    }
}
