using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Where a case's views begin inside their buffers.</summary>
public enum ViewPlacement
{
    /// <summary>At a multiple of 64 bytes, as parameters do.</summary>
    Aligned,

    /// <summary>Three elements into the buffer, as a range of rows may.</summary>
    Odd,
}

/// <summary>
/// The views of one case. Every view lies inside a larger buffer: NaN around it, so that reading too far shows in
/// the result and writing too far shows in the surroundings. Destinations hold NaN before the operation.
/// </summary>
public sealed class CaseWorkspace(IDevice device, ulong seed, ViewPlacement placement) : IDisposable
{
    private static readonly ConcurrentDictionary<(ulong Seed, uint Stream), float[]> _uniform = new();

    private readonly List<IDisposable> _buffers = [];
    private readonly List<Func<CaseOutput>> _outputs = [];
    private readonly List<Func<string?>> _checks = [];
    private uint _sources;

    /// <summary>Who runs the operation.</summary>
    public IDevice Device { get; } = device;

    /// <summary>(<paramref name="rows"/>, <paramref name="columns"/>) random numbers between two bounds.</summary>
    public View<float> Source(int rows, int columns, float low = -1, float high = 1) =>
        Source(rows, columns, u => low + ((high - low) * u));

    /// <summary>(<paramref name="rows"/>, <paramref name="columns"/>) functions of uniform numbers in (0, 1).</summary>
    public View<float> Source(int rows, int columns, Func<float, float> map) =>
        Source(rows, columns, Random(rows * columns, map));

    /// <summary>A source that holds these numbers.</summary>
    public View<T> Source<T>(int rows, int columns, T[] values)
        where T : unmanaged =>
        Place($"source {_buffers.Count}", rows, columns, values, isDestination: false);

    /// <summary>A destination whose former contents are NaN.</summary>
    public View<float> Destination(string name, int rows, int columns, Tolerance tolerance)
    {
        var unwritten = new float[rows * columns];
        Array.Fill(unwritten, float.NaN);
        return Destination(name, rows, columns, tolerance, unwritten);
    }

    /// <summary>A destination that the operation reads as well.</summary>
    public View<T> Destination<T>(string name, int rows, int columns, Tolerance tolerance, T[] initial)
        where T : unmanaged
    {
        View<T> view = Place(name, rows, columns, initial, isDestination: true);
        _outputs.Add(() =>
        {
            var values = new T[view.Length];
            Device.Download(view, values);
            return new CaseOutput(name, columns, Array.ConvertAll(values, ToDouble), tolerance);
        });
        return view;
    }

    /// <summary>Random numbers that no other source of this workspace has.</summary>
    public float[] Random(int count, Func<float, float> map)
    {
        ReadOnlySpan<float> uniform = Uniform(seed, _sources++, count);
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = map(uniform[i]);
        return values;
    }

    /// <summary>A random order of <paramref name="count"/> images.</summary>
    public int[] Permutation(int count)
    {
        var values = new int[count];
        Philox.FillPermutation(new RandomSource(seed, RandomPurpose.Shuffle), 0, values);
        return values;
    }

    /// <summary>Every destination, in the order in which they were made.</summary>
    public IReadOnlyList<CaseOutput> ReadOutputs() => [.. _outputs.Select(read => read())];

    /// <summary>What was written outside the destinations.</summary>
    public IReadOnlyList<string> FindDamage() => [.. _checks.Select(check => check()).OfType<string>()];

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private View<T> Place<T>(string name, int rows, int columns, T[] values, bool isDestination)
        where T : unmanaged
    {
        int margin = placement == ViewPlacement.Aligned ? 64 / Unsafe.SizeOf<T>() : 3;
        var contents = new T[margin + values.Length + margin];
        // All bits set is NaN in float32, −1 in an integer.
        MemoryMarshal.AsBytes(contents.AsSpan()).Fill(0xFF);
        values.CopyTo(contents, margin);

        DeviceBuffer<T> buffer = Device.Allocate<T>(contents.Length);
        _buffers.Add(buffer);
        Device.Upload<T>(contents, buffer.AsVector());
        _checks.Add(() =>
        {
            var now = new T[contents.Length];
            Device.Download(buffer.AsVector(), now);
            if (isDestination)
                now.AsSpan(margin, values.Length).CopyTo(contents.AsSpan(margin));
            // Bits are compared, for what is outside is NaN.
            ReadOnlySpan<byte> before = MemoryMarshal.AsBytes(contents.AsSpan()), after = MemoryMarshal.AsBytes(now.AsSpan());
            int same = before.CommonPrefixLength(after) / Unsafe.SizeOf<T>();
            return same == now.Length
                ? null
                : $"{name} ({rows}, {columns}): element {same - margin} is outside and became {now[same]}";
        });
        return new View<T>(buffer, margin, rows, columns);
    }

    /// <summary>The first numbers of a stream. They are kept, since each case is prepared several times on each device.</summary>
    private static ReadOnlySpan<float> Uniform(ulong seed, uint stream, int count)
    {
        if (!_uniform.TryGetValue((seed, stream), out float[]? numbers) || numbers.Length < count)
        {
            numbers = new float[count];
            Philox.FillUniform(new RandomSource(seed, RandomPurpose.Initialization), stream, numbers);
            _uniform[(seed, stream)] = numbers;
        }
        return numbers.AsSpan(0, count);
    }

    private static double ToDouble<T>(T value)
        where T : unmanaged =>
        value switch
        {
            float number => number,
            int number => number,
            _ => throw new NotSupportedException($"No operation writes {typeof(T)}."),
        };
}
