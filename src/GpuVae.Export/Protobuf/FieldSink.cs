using Google.Protobuf;

namespace GpuVae.Export.Protobuf;

/// <summary>A message of protocol buffers: says its fields, which are measured and then written.</summary>
internal abstract class ProtobufMessage
{
    /// <summary>Says every field that is there, in the order of the file.</summary>
    public abstract void Describe(FieldSink fields);

    /// <summary>Bytes that it takes on its own.</summary>
    /// <exception cref="OverflowException">More than a message may have, 2³¹ − 1.</exception>
    public int Measure()
    {
        var sizes = new SizeSink();
        Describe(sizes);
        return sizes.Total;
    }

    /// <summary>Writes it without a length before it, as a file has it.</summary>
    public void Write(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        Describe(new WriteSink(output));
    }
}

/// <summary>Takes the fields of a message. What has its default is left out, as protocol buffers have it.</summary>
internal abstract class FieldSink
{
    /// <summary>A whole number; 0 is left out where <paramref name="keepsZero"/> is false.</summary>
    public abstract void Number(int field, long value, bool keepsZero = false);

    /// <summary>A float.</summary>
    public abstract void Real(int field, float value);

    /// <summary>A double.</summary>
    public abstract void Real(int field, double value);

    /// <summary>Bytes.</summary>
    public abstract void Bytes(int field, ByteString value);

    /// <summary>A message inside of this one.</summary>
    public abstract void Message(int field, ProtobufMessage message);

    /// <summary>UTF-8 text; an empty one is left out where <paramref name="keepsEmpty"/> is false.</summary>
    public void Text(int field, string value, bool keepsEmpty = false)
    {
        if (value.Length > 0 || keepsEmpty)
            Bytes(field, ByteString.CopyFromUtf8(value));
    }

    /// <summary>Messages of one kind, one after the other.</summary>
    public void Messages(int field, IEnumerable<ProtobufMessage> messages)
    {
        foreach (ProtobufMessage message in messages)
            Message(field, message);
    }
}

/// <summary>Adds up what fields take.</summary>
internal sealed class SizeSink : FieldSink
{
    /// <summary>Bytes so far.</summary>
    public int Total { get; private set; }

    public override void Number(int field, long value, bool keepsZero = false)
    {
        if (value != 0 || keepsZero)
            Add(field, CodedOutputStream.ComputeInt64Size(value));
    }

    public override void Real(int field, float value) => Add(field, CodedOutputStream.ComputeFloatSize(value));

    public override void Real(int field, double value) => Add(field, CodedOutputStream.ComputeDoubleSize(value));

    public override void Bytes(int field, ByteString value) => Add(field, CodedOutputStream.ComputeBytesSize(value));

    public override void Message(int field, ProtobufMessage message)
    {
        int size = message.Measure();
        Add(field, checked(CodedOutputStream.ComputeLengthSize(size) + size));
    }

    private void Add(int field, int size) => Total = checked(Total + CodedOutputStream.ComputeTagSize(field) + size);
}

/// <summary>Writes fields.</summary>
internal sealed class WriteSink(CodedOutputStream output) : FieldSink
{
    public override void Number(int field, long value, bool keepsZero = false)
    {
        if (value == 0 && !keepsZero)
            return;
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    public override void Real(int field, float value)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    }

    public override void Real(int field, double value)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteDouble(value);
    }

    public override void Bytes(int field, ByteString value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(value);
    }

    public override void Message(int field, ProtobufMessage message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(message.Measure());
        message.Describe(this);
    }
}
