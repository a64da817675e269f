using System.Runtime.InteropServices;
using Google.Protobuf;
using GpuVae.Export.Protobuf;

namespace GpuVae.Export.TensorBoard;

// The messages of tensorflow/core/util/event.proto and framework/summary.proto that a log needs, with the numbers of their fields from
// there.

/// <summary><c>Event</c>: something at a step.</summary>
/// <param name="seconds">Since 1970.</param>
/// <param name="step">An epoch.</param>
internal sealed class EventMessage(double seconds, long step) : ProtobufMessage
{
    /// <summary>Of a file's first event: its form.</summary>
    public string FileVersion { get; init; } = "";

    /// <summary>Whether what was said of this and later steps, in files of before, is taken back: a run goes on from here.</summary>
    public bool Restarts { get; init; }

    /// <summary>What was measured.</summary>
    public IReadOnlyList<SummaryValue> Values { get; init; } = [];

    public override void Describe(FieldSink fields)
    {
        fields.Real(1, seconds);
        fields.Number(2, step);
        fields.Text(3, FileVersion);
        if (Values.Count > 0)
            fields.Message(5, new SummaryMessage(Values));
        if (Restarts)
            fields.Message(7, new SessionLog());
    }

    /// <summary><c>Summary</c>.</summary>
    private sealed class SummaryMessage(IReadOnlyList<SummaryValue> values) : ProtobufMessage
    {
        public override void Describe(FieldSink fields) => fields.Messages(1, values);
    }

    /// <summary><c>SessionLog</c> with the status START.</summary>
    private sealed class SessionLog : ProtobufMessage
    {
        public override void Describe(FieldSink fields) => fields.Number(1, 1);
    }
}

/// <summary><c>Summary.Value</c>: a number, a picture or a histogram under a tag.</summary>
internal sealed class SummaryValue(string tag) : ProtobufMessage
{
    public float? Number { get; init; }

    public PngMessage? Picture { get; init; }

    public HistogramMessage? Histogram { get; init; }

    public override void Describe(FieldSink fields)
    {
        fields.Text(1, tag);
        if (Number is float number)
            fields.Real(2, number);
        if (Picture is not null)
            fields.Message(4, Picture);
        if (Histogram is not null)
            fields.Message(5, Histogram);
    }
}

/// <summary><c>Summary.Image</c> of a PNG file.</summary>
/// <param name="height">Rows, in pixels.</param>
/// <param name="width">Columns, in pixels.</param>
/// <param name="channels">1 for grey, 3 for colours, 4 with transparency.</param>
/// <param name="file">All of it.</param>
internal sealed class PngMessage(int height, int width, int channels, byte[] file) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        fields.Number(1, height);
        fields.Number(2, width);
        fields.Number(3, channels);
        fields.Bytes(4, UnsafeByteOperations.UnsafeWrap(file));
    }
}

/// <summary><c>HistogramProto</c>: how many numbers lie up to each limit, and above the one before.</summary>
internal sealed class HistogramMessage : ProtobufMessage
{
    private const int Buckets = 50;

    private readonly double _least, _most, _count, _sum, _squares;
    private readonly double[] _limits = new double[Buckets], _counts = new double[Buckets];

    /// <summary>Counts the numbers in buckets of one width.</summary>
    /// <param name="values">At least one, all finite.</param>
    public HistogramMessage(IReadOnlyCollection<float> values)
    {
        (_least, _most) = (values.Min(), values.Max());
        // One value alone lies in the first bucket; the last limit is the largest number, whatever rounding makes of it.
        double width = Math.Max((_most - _least) / Buckets, double.Epsilon);
        for (int bucket = 0; bucket < Buckets; bucket++)
            _limits[bucket] = bucket == Buckets - 1 ? _most : _least + ((bucket + 1) * width);
        foreach (float value in values)
        {
            _counts[(int)Math.Clamp((value - _least) / width, 0, Buckets - 1)]++;
            _sum += value;
            _squares += (double)value * value;
        }
        _count = values.Count;
    }

    public override void Describe(FieldSink fields)
    {
        fields.Real(1, _least);
        fields.Real(2, _most);
        fields.Real(3, _count);
        fields.Real(4, _sum);
        fields.Real(5, _squares);
        fields.Bytes(6, Packed(_limits));
        fields.Bytes(7, Packed(_counts));
    }

    /// <summary>Repeated numbers as protocol buffers pack them; this machine has the same order of bytes, as .NET's all have.</summary>
    private static ByteString Packed(double[] values) => ByteString.CopyFrom(MemoryMarshal.AsBytes<double>(values));
}
