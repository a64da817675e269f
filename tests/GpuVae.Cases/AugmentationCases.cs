using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Batches of pictures that are flipped and moved.</summary>
internal static class AugmentationCases
{
    private const double U = Tolerance.UnitRoundoff;

    private static readonly (int Images, Shape Picture, int Batch, int Rows, Augmentation Augmentation, CaseSize Size)[] _shapes =
    [
        (3, new(1, 1, 1), 2, 1, new(1, true, true), CaseSize.Small),
        (9, new(1, 1, 3), 3, 2, new(0, true, true), CaseSize.Small),
        (9, new(3, 5, 1), 8, 8, new(1, true, false), CaseSize.Small),
        (9, new(5, 3, 3), 8, 7, new(2, false, true), CaseSize.Small),
        // Farther than the picture is large.
        (12, new(3, 5, 3), 12, 12, new(9, true, true), CaseSize.Small),
        (30, new(1, 33, 1), 16, 15, new(5, true, false), CaseSize.Small),
        (7, new(17, 1, 2), 4, 4, new(3, true, true), CaseSize.Small),
        (5, new(4, 6, 5), 3, 3, new(0, false, false), CaseSize.Small),
        (300, new(29, 31, 3), 50, 49, new(4, true, true), CaseSize.Large),
        (1000, new(28, 28, 1), 128, 128, new(2, true, false), CaseSize.Step),
    ];

    /// <summary>Every case.</summary>
    public static IEnumerable<OperationCase> All()
    {
        foreach ((int images, Shape picture, int batch, int rows, Augmentation augmentation, CaseSize size) in _shapes)
        {
            foreach (PixelEncoding encoding in Enum.GetValues<PixelEncoding>())
            {
                yield return Of(images, picture, batch, rows, augmentation, encoding, "bytes", size, u => (byte)(256 * u));
                yield return Of(images, picture, batch, rows, augmentation, encoding, "floats", size, u => (1.2f * u) - 0.1f);
            }
        }
    }

    private static OperationCase Of<T>(
        int images, Shape picture, int batchSize, int rows, Augmentation augmentation, PixelEncoding encoding, string type,
        CaseSize size, Func<float, T> pixel)
        where T : unmanaged =>
        OperationCase.Create(
            $"{encoding} {rows} of {batchSize} from {images} of {picture.Height}x{picture.Width}x{picture.Channels} {type}, "
            + $"shift {augmentation.Shift}{(augmentation.Flips ? ", flip" : "")}{(augmentation.FlipsVertically ? ", flip-vertical" : "")}",
            size,
            workspace =>
            {
                int dimensions = picture.Size;
                float[] values = workspace.Random(images * dimensions, u => u);
                int elsewhere = images >= rows + 8 ? 8 : 0;
                View<int> order = workspace.Source(1, images - elsewhere, workspace.Permutation(images)[elsewhere..]);
                View<int> counters = workspace.Source(1, Counter.Count, [(images - elsewhere - rows) / batchSize, 4321]);
                bool divides = encoding == PixelEncoding.Scaled && typeof(T) == typeof(byte);
                View<float> x = workspace.Destination("x", rows, dimensions, divides ? new(0, 2 * U) : Tolerance.Exact);
                View<T> pixels = workspace.Source(images, dimensions, Array.ConvertAll(values, u => pixel(u)));
                var batch = new Gather<T>(
                    pixels, order, counters, batchSize, encoding, new RandomSource(11, RandomPurpose.TrainingPixels).From((long)elsewhere * dimensions), x);
                return new GatherAugmented<T>(
                    batch, picture, augmentation, new RandomSource(11, RandomPurpose.TrainingAugmentation, FirstBlock: (uint)elsewhere));
            });
}
