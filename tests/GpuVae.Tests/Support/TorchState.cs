using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace GpuVae.Tests.Support;

/// <summary>
/// A <c>state_dict</c> of random numbers, and the file that <c>safetensors.torch.save_file</c> makes of it: sorted by name. It
/// shares no code with the library.
/// </summary>
internal sealed class TorchState
{
    private readonly SortedDictionary<string, (int[] Shape, float[] Values)> _tensors = new(StringComparer.Ordinal);
    private readonly Random _random = new(5);

    /// <summary>A tensor.</summary>
    public (int[] Shape, float[] Values) this[string name] => _tensors[name];

    /// <summary><c>weight</c> of this shape, and a bias of so many numbers.</summary>
    public TorchState Layer(string name, int biases, params int[] shape)
    {
        double width = Math.Sqrt(3.0 / shape.Skip(1).Aggregate(1, (product, size) => product * size));
        return Add($"{name}.weight", width, shape).Add($"{name}.bias", 0.3, biases);
    }

    /// <summary>What <c>torch.nn.Linear</c> has.</summary>
    public TorchState Linear(string name, int inputs, int outputs) => Layer(name, outputs, outputs, inputs);

    /// <summary>What <c>torch.nn.Conv2d</c> has.</summary>
    public TorchState Conv(string name, int inputs, int outputs, int kernel = 3) => Layer(name, outputs, outputs, inputs, kernel, kernel);

    /// <summary>What <c>torch.nn.ConvTranspose2d</c> has.</summary>
    public TorchState Transposed(string name, int inputs, int outputs, int kernel = 3) => Layer(name, outputs, inputs, outputs, kernel, kernel);

    /// <summary>What <c>torch.nn.BatchNorm2d</c> has.</summary>
    public TorchState Norm(string name, int channels)
    {
        Add($"{name}.weight", 0.5, channels).Add($"{name}.bias", 0.5, channels).Add($"{name}.running_mean", 0.5, channels);
        Add($"{name}.running_var", 0.5, channels).Put($"{name}.num_batches_tracked", [], [12]);
        foreach (string member in (string[])["weight", "running_var"])
            _tensors[$"{name}.{member}"] = ([channels], Array.ConvertAll(this[$"{name}.{member}"].Values, number => number + 1));
        return this;
    }

    /// <summary>A tensor of given numbers, in the place of one of that name.</summary>
    public TorchState Put(string name, int[] shape, float[] values)
    {
        _tensors[name] = (shape, values);
        return this;
    }

    /// <summary>Takes a tensor out.</summary>
    public TorchState Without(string name)
    {
        return _tensors.Remove(name) ? this : throw new ArgumentException($"There is no tensor {name}.", nameof(name));
    }

    /// <summary>Gives a tensor another name.</summary>
    public TorchState Rename(string name, string other)
    {
        (int[] shape, float[] values) = _tensors[name];
        return Without(name).Put(other, shape, values);
    }

    /// <summary>The names in the file.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>Writes the file, with counts as I64 and all others of a type.</summary>
    public string Write(string path, string type = "F32")
    {
        using var data = new MemoryStream();
        var entries = new Dictionary<string, object> { ["__metadata__"] = new Dictionary<string, string> { ["format"] = "pt" } };
        foreach ((string name, (int[] shape, float[] values)) in _tensors)
        {
            string own = name.EndsWith("num_batches_tracked", StringComparison.Ordinal) ? "I64" : type;
            long begin = data.Length;
            foreach (float value in values)
                data.Write(Bytes(own, value));
            entries[name] = new { dtype = own, shape, data_offsets = (long[])[begin, data.Length] };
        }
        byte[] header = JsonSerializer.SerializeToUtf8Bytes(entries);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        File.WriteAllBytes(path, [.. prefix, .. header, .. data.ToArray()]);
        return path;
    }

    private static byte[] Bytes(string type, float value) => type switch
    {
        "F32" => BitConverter.GetBytes(value),
        "F64" => BitConverter.GetBytes((double)value),
        "F16" => BitConverter.GetBytes((Half)value),
        "BF16" => BitConverter.GetBytes(value)[2..],
        "I64" => BitConverter.GetBytes((long)value),
        _ => Encoding.ASCII.GetBytes(type),
    };

    private TorchState Add(string name, double width, params int[] shape)
    {
        int count = shape.Aggregate(1, (product, size) => product * size);
        return Put(name, shape, [.. Enumerable.Range(0, count).Select(_ => (float)(((2 * _random.NextDouble()) - 1) * width))]);
    }
}
