using Google.Protobuf;
using GpuVae.Export.Protobuf;

namespace GpuVae.Export.Onnx;

// The messages of onnx.proto that a graph of inference needs, with the numbers of their fields from there.

/// <summary><c>TensorProto.DataType</c>.</summary>
internal enum OnnxType
{
    Float = 1,
    Byte = 2,
    Int64 = 7,
    Text = 8,
    Bool = 9,
    Double = 11,
}

/// <summary><c>ModelProto</c>: a file.</summary>
internal sealed class OnnxModel : ProtobufMessage
{
    public required long IrVersion { get; init; }

    public required string ProducerName { get; init; }

    public required string ProducerVersion { get; init; }

    public string Documentation { get; init; } = "";

    public required OnnxGraph Graph { get; init; }

    public required IReadOnlyList<OnnxOperatorSet> OperatorSets { get; init; }

    public IReadOnlyList<OnnxEntry> Metadata { get; init; } = [];

    public override void Describe(FieldSink fields)
    {
        fields.Number(1, IrVersion);
        fields.Text(2, ProducerName);
        fields.Text(3, ProducerVersion);
        fields.Text(6, Documentation);
        fields.Message(7, Graph);
        fields.Messages(8, OperatorSets);
        fields.Messages(14, Metadata);
    }
}

/// <summary><c>OperatorSetIdProto</c>; the empty domain is ONNX's own.</summary>
internal sealed class OnnxOperatorSet(string domain, long version) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        fields.Text(1, domain, keepsEmpty: true);
        fields.Number(2, version);
    }
}

/// <summary><c>StringStringEntryProto</c>.</summary>
internal sealed class OnnxEntry(string key, string value) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        fields.Text(1, key);
        fields.Text(2, value, keepsEmpty: true);
    }
}

/// <summary><c>GraphProto</c>; its nodes stand in an order in which they can be computed.</summary>
internal sealed class OnnxGraph(
    string name, IReadOnlyList<OnnxNode> nodes, IReadOnlyList<OnnxTensor> constants, IReadOnlyList<OnnxValue> inputs,
    IReadOnlyList<OnnxValue> outputs) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        fields.Messages(1, nodes);
        fields.Text(2, name);
        fields.Messages(5, constants);
        fields.Messages(11, inputs);
        fields.Messages(12, outputs);
    }
}

/// <summary><c>NodeProto</c>: an operator; an empty name stands for an input that it does without.</summary>
internal sealed class OnnxNode(
    string name, string type, string domain, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs,
    IReadOnlyList<OnnxAttribute> attributes) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        foreach (string input in inputs)
            fields.Text(1, input, keepsEmpty: true);
        foreach (string output in outputs)
            fields.Text(2, output);
        fields.Text(3, name);
        fields.Text(4, type);
        fields.Messages(5, attributes);
        fields.Text(7, domain);
    }
}

/// <summary><c>AttributeProto</c>.</summary>
internal sealed class OnnxAttribute : ProtobufMessage
{
    private readonly string _name;
    private readonly object _value;

    private OnnxAttribute(string name, object value) => (_name, _value) = (name, value);

    public static OnnxAttribute Of(string name, float value) => new(name, value);

    public static OnnxAttribute Of(string name, long value) => new(name, value);

    public static OnnxAttribute Of(string name, string value) => new(name, value);

    public static OnnxAttribute Of(string name, IReadOnlyList<long> values) => new(name, values);

    public static OnnxAttribute Of(string name, IReadOnlyList<string> values) => new(name, values);

    public override void Describe(FieldSink fields)
    {
        const int TypeField = 20;
        fields.Text(1, _name);
        switch (_value)
        {
            case float real:
                fields.Real(2, real);
                fields.Number(TypeField, 1);
                break;
            case long number:
                fields.Number(3, number, keepsZero: true);
                fields.Number(TypeField, 2);
                break;
            case string text:
                fields.Text(4, text, keepsEmpty: true);
                fields.Number(TypeField, 3);
                break;
            case IReadOnlyList<long> numbers:
                foreach (long number in numbers)
                    fields.Number(8, number, keepsZero: true);
                fields.Number(TypeField, 7);
                break;
            case IReadOnlyList<string> texts:
                foreach (string text in texts)
                    fields.Text(9, text, keepsEmpty: true);
                fields.Number(TypeField, 8);
                break;
            default:
                throw new InvalidOperationException($"An attribute of type {_value.GetType().Name}.");
        }
    }
}

/// <summary><c>TensorProto</c>: a constant.</summary>
internal sealed class OnnxTensor(string name, OnnxType type, IReadOnlyList<long> shape, ByteString content) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        foreach (long size in shape)
            fields.Number(1, size, keepsZero: true);
        fields.Number(2, (long)type);
        fields.Text(8, name);
        fields.Bytes(9, content);
    }
}

/// <summary><c>ValueInfoProto</c> with its <c>TypeProto</c>: an input or output, whose sizes are numbers or names.</summary>
internal sealed class OnnxValue(string name, OnnxType type, IReadOnlyList<OnnxSize> shape, string documentation) : ProtobufMessage
{
    public override void Describe(FieldSink fields)
    {
        fields.Text(1, name);
        fields.Message(2, new TensorKind(type, shape));
        fields.Text(3, documentation);
    }

    private sealed class TensorKind(OnnxType type, IReadOnlyList<OnnxSize> shape) : ProtobufMessage
    {
        public override void Describe(FieldSink fields) => fields.Message(1, new Content(type, shape));
    }

    private sealed class Content(OnnxType type, IReadOnlyList<OnnxSize> shape) : ProtobufMessage
    {
        public override void Describe(FieldSink fields)
        {
            fields.Number(1, (long)type);
            fields.Message(2, new Sizes(shape));
        }
    }

    private sealed class Sizes(IReadOnlyList<OnnxSize> shape) : ProtobufMessage
    {
        public override void Describe(FieldSink fields) => fields.Messages(1, shape);
    }
}

/// <summary><c>TensorShapeProto.Dimension</c>.</summary>
internal sealed class OnnxSize : ProtobufMessage
{
    private readonly long _value;
    private readonly string _name;

    private OnnxSize(long value, string name) => (_value, _name) = (value, name);

    /// <summary>Rows of a batch, as many as come.</summary>
    public static OnnxSize Batch { get; } = new(0, "N");

    public static implicit operator OnnxSize(int size) => new(size, "");

    public override void Describe(FieldSink fields)
    {
        if (_name.Length > 0)
            fields.Text(2, _name);
        else
            fields.Number(1, _value, keepsZero: true);
    }
}
