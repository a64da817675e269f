using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace GpuVae.Export.Onnx;

/// <summary>
/// Puts a graph together, node by node: each call appends an operator of opset 17 and gives the name of what it computes, so
/// that calls nest as formulas do. Values have the types that ONNX says; a batch is the first dimension everywhere.
/// </summary>
internal sealed class GraphBuilder
{
    /// <summary>ONNX's own operators, of version 1.12.</summary>
    public const long OperatorSet = 17;

    /// <summary>The layout of files of that version.</summary>
    public const long IrVersion = 8;

    private const string LearningDomain = "ai.onnx.ml";

    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _constants = [];
    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private bool _usesLearningDomain;

    /// <summary>Declares an input.</summary>
    public string Input(string name, OnnxType type, OnnxSize[] shape, string documentation)
    {
        _inputs.Add(new OnnxValue(name, type, shape, documentation));
        return name;
    }

    /// <summary>Declares an output of that name.</summary>
    public void Output(string value, string name, OnnxType type, OnnxSize[] shape, string documentation)
    {
        Append("Identity", "", [value], name, []);
        _outputs.Add(new OnnxValue(name, type, shape, documentation));
    }

    /// <summary>A constant of floats.</summary>
    public string Constant(ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape) =>
        Constant("weight", OnnxType.Float, shape, MemoryMarshal.AsBytes(values.Span));

    /// <summary>A constant of doubles.</summary>
    public string Constant(IReadOnlyList<double> values, params ReadOnlySpan<long> shape) =>
        Constant("constant", OnnxType.Double, shape, MemoryMarshal.AsBytes<double>([.. values]));

    /// <summary>A constant of whole numbers, a vector.</summary>
    public string Constant(params IReadOnlyList<long> values) =>
        Constant("index", OnnxType.Int64, [values.Count], MemoryMarshal.AsBytes<long>([.. values]));

    /// <summary>A number that stands beside floats.</summary>
    public string Float(float value) => Constant(new[] { value });

    /// <summary>A number that stands beside doubles.</summary>
    public string Double(double value) => Constant([value], []);

    /// <summary>An operator of ONNX with one result.</summary>
    public string Node(string type, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes) =>
        Append(type, "", inputs, Fresh(type), attributes);

    /// <summary>The smallest numbers of each row, ascending, and their places; of equal ones the first.</summary>
    /// <param name="value">(N, columns) of floats.</param>
    /// <param name="count">How many of them.</param>
    /// <returns>Both (N, count).</returns>
    public (string Values, string Places) Smallest(string value, int count)
    {
        string values = Fresh("TopK"), places = Fresh("TopK");
        _nodes.Add(new OnnxNode(
            values, "TopK", "", [value, Constant(count)], [values, places],
            [OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("largest", 0), OnnxAttribute.Of("sorted", 1)]));
        return (values, places);
    }

    public string Add(string a, string b) => Node("Add", [a, b]);

    public string Subtract(string a, string b) => Node("Sub", [a, b]);

    public string Multiply(string a, string b) => Node("Mul", [a, b]);

    public string Divide(string a, string b) => Node("Div", [a, b]);

    public string Greater(string a, string b) => Node("Greater", [a, b]);

    public string Or(string a, string b) => Node("Or", [a, b]);

    public string Not(string a) => Node("Not", [a]);

    /// <summary><paramref name="yes"/> where the condition holds, else <paramref name="no"/>.</summary>
    public string Where(string condition, string yes, string no) => Node("Where", [condition, yes, no]);

    public string Cast(string value, OnnxType type) => Node("Cast", [value], OnnxAttribute.Of("to", (long)type));

    /// <summary>Another shape; 0 keeps a size, −1 takes what is left.</summary>
    public string Reshape(string value, params IReadOnlyList<long> shape) => Node("Reshape", [value, Constant(shape)]);

    public string Transpose(string value, params IReadOnlyList<long> order) =>
        Node("Transpose", [value], OnnxAttribute.Of("perm", order));

    /// <summary>Columns from <paramref name="first"/> up to but without <paramref name="end"/> of rows.</summary>
    public string Columns(string value, int first, int end) =>
        Node("Slice", [value, Constant(first), Constant(end), Constant(1)]);

    /// <summary>Columns in another order, or some of them.</summary>
    public string Take(string value, IEnumerable<int> columns, int axis = 1) =>
        Node("Gather", [value, Constant([.. columns.Select(column => (long)column)])], OnnxAttribute.Of("axis", axis));

    /// <summary>Columns behind each other; the value itself where there is one.</summary>
    public string Join(IReadOnlyList<string> values) =>
        values.Count == 1 ? values[0] : Node("Concat", values, OnnxAttribute.Of("axis", 1));

    /// <summary>Σ over the columns of each row: (N, 1), or (N).</summary>
    public string SumColumns(string value, bool keepsColumn) =>
        Node("ReduceSum", [value, Constant(1)], OnnxAttribute.Of("keepdims", keepsColumn ? 1 : 0));

    /// <summary>Σ over the middle of three dimensions: (N, columns).</summary>
    public string SumMiddle(string value) => Node("ReduceSum", [value, Constant(1)], OnnxAttribute.Of("keepdims", 0));

    /// <summary>Whether any of a row's columns is true: (N, 1).</summary>
    public string AnyColumn(string value) =>
        Greater(SumColumns(Cast(value, OnnxType.Float), keepsColumn: true), Float(0));

    /// <summary>The number of each word that is known, or <paramref name="other"/>.</summary>
    public string PlaceOfWords(string words, IReadOnlyList<string> known, IReadOnlyList<long> places, long other)
    {
        _usesLearningDomain = true;
        return Append(
            "LabelEncoder", LearningDomain, [words], Fresh("LabelEncoder"),
            [
                OnnxAttribute.Of("keys_strings", known),
                OnnxAttribute.Of("values_int64s", places),
                OnnxAttribute.Of("default_int64", other),
            ]);
    }

    /// <summary>The word at each place.</summary>
    public string WordsAt(string places, IReadOnlyList<string> known)
    {
        _usesLearningDomain = true;
        return Append(
            "LabelEncoder", LearningDomain, [places], Fresh("LabelEncoder"),
            [
                OnnxAttribute.Of("keys_int64s", [.. known.Select((_, place) => (long)place)]),
                OnnxAttribute.Of("values_strings", known),
                OnnxAttribute.Of("default_string", ""),
            ]);
    }

    /// <summary>The graph as a file's message.</summary>
    public OnnxModel Build(string name, string version, string documentation, IEnumerable<(string Key, string Value)> metadata) => new()
    {
        IrVersion = IrVersion,
        ProducerName = "GpuVae",
        ProducerVersion = version,
        Documentation = documentation,
        Graph = new OnnxGraph(name, _nodes, _constants, _inputs, _outputs),
        OperatorSets = _usesLearningDomain
            ? [new OnnxOperatorSet("", OperatorSet), new OnnxOperatorSet(LearningDomain, 3)]
            : [new OnnxOperatorSet("", OperatorSet)],
        Metadata = [.. metadata.Select(entry => new OnnxEntry(entry.Key, entry.Value))],
    };

    private string Constant(string kind, OnnxType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> content)
    {
        string name = Fresh(kind);
        _constants.Add(new OnnxTensor(name, type, shape.ToArray(), ByteString.CopyFrom(content)));
        return name;
    }

    private string Append(
        string type, string domain, IReadOnlyList<string> inputs, string output, IReadOnlyList<OnnxAttribute> attributes)
    {
        _nodes.Add(new OnnxNode(output, type, domain, inputs, [output], attributes));
        return output;
    }

    /// <summary>A name that is free; one with an underscore is never an input's or output's.</summary>
    private string Fresh(string kind)
    {
        int count = CollectionsMarshal.GetValueRefOrAddDefault(_counts, kind, out _)++;
        return string.Create(CultureInfo.InvariantCulture, $"_{kind}_{count}");
    }
}
