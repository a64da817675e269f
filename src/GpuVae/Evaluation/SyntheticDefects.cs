using GpuVae.Data;
using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>Pictures of which some have a defect whose place is known, to see what a model would find.</summary>
/// <param name="Pictures">All of them, the others as they were.</param>
/// <param name="Masks">(N, H·W), true where a pixel was changed.</param>
public sealed record SyntheticDefects(ImageSet Pictures, bool[] Masks)
{
    private const int PicturesAtOnce = 256;

    /// <summary>
    /// Puts a defect into every second picture (<see cref="CorruptPatch"/>). Of pictures whose numbers are bytes divided by 255 those of
    /// noise are too: others would be impossible to a likelihood of bytes, whatever the model has learned.
    /// </summary>
    /// <param name="device">What computes.</param>
    /// <param name="pictures">N of them, as a model takes them.</param>
    /// <param name="kind">What a defect is.</param>
    /// <param name="amount">The largest part of each side that it takes, above 0 and up to 1.</param>
    /// <param name="seed">Decides every one.</param>
    /// <exception cref="UserException">Noise from 0 to 1 for numbers that are not.</exception>
    public static SyntheticDefects Put(IDevice device, ImageSet pictures, PatchKind kind, double amount, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(pictures);
        int size = pictures.Dimensions, channels = pictures.Channels;
        float[] values = new float[pictures.Count * size], corrupted = new float[PicturesAtOnce * size];
        pictures.CopyTo(0, values);
        if (kind == PatchKind.Noise && Array.Exists(values, value => value is < 0 or > 1))
            throw new UserException("a defect of noise has numbers from 0 to 1, and these pictures were scaled to others; take cut-paste");
        bool areBytes = kind == PatchKind.Noise && (pictures.AreBytes || Array.TrueForAll(values, PixelBytes.IsByte));
        var masks = new bool[values.Length / channels];
        var noise = new RandomSource(seed, RandomPurpose.EvaluationCorruption);
        using Lock.Scope turn = DeviceTurn.Of(device).EnterScope();
        using DeviceBuffer<float> cleanBuffer = device.Allocate<float>(corrupted.Length), buffer = device.Allocate<float>(corrupted.Length);
        using DeviceBuffer<int> counterBuffer = device.Allocate<int>(Counter.Count);
        for (int first = 0; first < pictures.Count; first += PicturesAtOnce)
        {
            int count = Math.Min(PicturesAtOnce, pictures.Count - first);
            Span<float> part = values.AsSpan(first * size, count * size), changed = corrupted.AsSpan(0, part.Length);
            View<float> clean = cleanBuffer.AsMatrix(PicturesAtOnce, size).RowRange(0, count);
            View<float> result = buffer.AsMatrix(PicturesAtOnce, size).RowRange(0, count);
            var counters = new int[Counter.Count];
            counters[Counter.GlobalStep] = first / PicturesAtOnce;
            device.Upload<int>(counters, counterBuffer.AsVector());
            device.Upload<float>(part, clean);
            device.Run(new CorruptPatch(clean, counterBuffer.AsVector(), pictures.Shape, kind, (float)amount, noise, result));
            device.Download(result, changed);
            for (int picture = (first + 1) % 2; picture < count; picture += 2)
            {
                for (int i = picture * size; i < (picture + 1) * size; i++)
                {
                    float value = areBytes && part[i] != changed[i] ? MathF.Round(255 * changed[i]) / 255f : changed[i];
                    masks[((first * size) + i) / channels] |= part[i] != value;
                    part[i] = value;
                }
            }
        }
        var all = new ImageSet(values, null, pictures.Height, pictures.Width, channels) { ExampleNames = pictures.ExampleNames };
        return new SyntheticDefects(all, masks);
    }

    /// <summary>Whether a picture has a defect that shows: what is pasted may equal what was there.</summary>
    /// <param name="picture">From 0.</param>
    public bool IsDefective(int picture) => Mask(picture).Contains(true);

    /// <summary>(H·W), where a picture was changed.</summary>
    /// <param name="picture">From 0.</param>
    public ReadOnlySpan<bool> Mask(int picture)
    {
        int pixels = Pictures.Height * Pictures.Width;
        return Masks.AsSpan(picture * pixels, pixels);
    }
}
