using GpuVae.Data;
using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>
/// Hashing without learning (Charikar 2002, "Similarity estimation techniques from rounding algorithms", section 3):
/// bit j of x says on which side of a random hyperplane x lies, [rⱼ·(x − c) > 0] with rⱼ ~ N(0, I). Two points at the
/// angle θ as seen from c differ in a share θ/π of their bits. With the data's mean as c the hyperplanes lie amid the
/// data, which makes it the stronger baseline for a learned code to beat.
/// </summary>
public sealed class RandomHyperplanes : IDisposable
{
    private const int Batch = 512;

    private readonly IDevice _device;
    private readonly DeviceBuffer<float> _normals; // (bits, D)
    private readonly DeviceBuffer<float> _offsets; // (1, bits): −rⱼ·c
    private readonly DeviceBuffer<float> _sides;   // (batch, bits)
    private readonly int _dimensions;

    /// <summary>Draws the hyperplanes, the same for a seed on every device.</summary>
    /// <param name="device">Where images are hashed.</param>
    /// <param name="center">c (D).</param>
    /// <param name="bits">Hyperplanes.</param>
    /// <param name="seed">Decides them.</param>
    public RandomHyperplanes(IDevice device, ReadOnlySpan<double> center, int bits, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfZero(center.Length, nameof(center));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bits);
        _device = device;
        _dimensions = center.Length;
        Bits = bits;
        var normals = new float[checked(bits * center.Length)];
        Philox.FillNormal(new RandomSource(seed, RandomPurpose.Hyperplanes), step: 0, normals);
        _normals = device.Allocate<float>(normals.Length);
        _offsets = device.Allocate<float>(bits);
        _sides = device.Allocate<float>((long)Batch * bits);
        device.Upload<float>(normals, _normals.AsVector());
        device.Upload<float>(Offsets(normals, center), _offsets.AsVector());
    }

    /// <summary>Bits of a code.</summary>
    public int Bits { get; }

    /// <summary>The codes of images as they are, bytes as byte / 255.</summary>
    /// <param name="images">(N, D).</param>
    public BitCodes Hash(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var codes = new BitCodes(images.Count, Bits);
        var values = new float[Batch * Bits];
        using var batches = new ImageBatches(_device, images, Batch, PixelEncoding.Scaled, seed: 0);
        int first = 0;
        foreach (View<float> x in batches.Each())
        {
            View<float> sides = _sides.AsMatrix(x.Rows, Bits);
            _device.Run(new Multiply(
                Orientation.NT, x, _normals.AsMatrix(Bits, _dimensions),
                Epilogue.BiasActivation(_offsets.AsVector(), Activation.Identity), sides));
            Span<float> part = values.AsSpan(0, x.Rows * Bits);
            _device.Download(sides, part);
            codes.Pack(part, threshold: 0, first);
            first += x.Rows;
        }
        return codes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _normals.Dispose();
        _offsets.Dispose();
        _sides.Dispose();
    }

    private static float[] Offsets(float[] normals, ReadOnlySpan<double> center)
    {
        var offsets = new float[normals.Length / center.Length];
        for (int bit = 0; bit < offsets.Length; bit++)
        {
            double sum = 0;
            for (int i = 0; i < center.Length; i++)
                sum += normals[(bit * center.Length) + i] * center[i];
            offsets[bit] = (float)-sum;
        }
        return offsets;
    }
}
