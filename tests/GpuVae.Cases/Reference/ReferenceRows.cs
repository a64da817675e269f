using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Batches, and elementary operations on rows and columns.</summary>
internal static class ReferenceRows
{
    public static void Run(in Gather<byte> operation) => Gather(operation, one: 255, (_, picture) => picture);

    public static void Run(in Gather<float> operation) => Gather(operation, one: 1, (_, picture) => picture);

    public static void Run(in GatherAugmented<byte> operation) => Gather(operation.Batch, one: 255, MoveOf(operation));

    public static void Run(in GatherAugmented<float> operation) => Gather(operation.Batch, one: 1, MoveOf(operation));

    public static void Run(in Fill operation) => operation.Values.Span().Fill(operation.Value);

    public static void Run(in Elementwise operation)
    {
        Span<double> a = operation.A.Span(), b = operation.B.Span(), c = operation.C.Span();
        for (int i = 0; i < c.Length; i++)
        {
            double other = b[i % b.Length];
            c[i] = operation.Function switch
            {
                ElementwiseFunction.Add => a[i] + other,
                ElementwiseFunction.Subtract => a[i] - other,
                ElementwiseFunction.Multiply => a[i] * other,
                _ => throw new ArgumentOutOfRangeException(nameof(operation)),
            };
        }
    }

    public static void Run(in RepeatRows operation)
    {
        for (int i = 0; i < operation.Repeated.Rows; i++)
            operation.Rows.RowRange(i / operation.Draws, 1).Span().CopyTo(operation.Repeated.RowRange(i, 1).Span());
    }

    public static void Run(in CopyColumns operation)
    {
        for (int row = 0; row < operation.Source.Rows; row++)
        {
            Span<double> source = operation.Source.RowRange(row, 1).Span()[operation.SourceFirst..];
            source[..operation.Columns].CopyTo(operation.Destination.RowRange(row, 1).Span()[operation.DestinationFirst..]);
        }
    }

    public static void Run(in ScaleRows operation)
    {
        Span<double> values = operation.Values.Span();
        for (int i = 0; i < values.Length; i++)
            values[i] *= operation.Factors.Span()[i / operation.Values.Columns];
    }

    public static void Run(in AddScaledRows operation)
    {
        Span<double> values = operation.Values.Span();
        for (int i = 0; i < values.Length; i++)
            values[i] += operation.Factors.Span()[i / operation.Values.Columns] * operation.Addend.Span()[i];
    }

    public static void Run(in SumColumns operation)
    {
        Span<double> values = operation.Values.Span(), sums = operation.Sums.Span();
        sums.Clear();
        for (int i = 0; i < values.Length; i++)
            sums[i % sums.Length] += values[i];
    }

    public static void Run(in SumGroups operation)
    {
        Span<double> values = operation.Values.Span(), sums = operation.Sums.Span();
        int columns = operation.Sums.Columns;
        for (int b = 0; b < operation.Sums.Rows; b++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                for (int s = 0; s < operation.Group; s++)
                    sum += values[(((b * operation.Group) + s) * columns) + j];
                sums[(b * columns) + j] = sum / operation.Divisor;
            }
        }
    }

    public static void Run(in SumTerms operation)
    {
        int step = operation.Counters.At(Counter.StepInEpoch);
        for (int r = 0; r < operation.Terms.Rows; r++)
        {
            double sum = 0;
            foreach (double term in operation.Terms.RowRange(r, 1).Span())
                sum += term;
            operation.History.Span()[(step * operation.History.Columns) + r] = sum;
        }
    }

    private static void Gather<T>(in Gather<T> operation, double one, Func<int, double[], double[]> move)
        where T : unmanaged
    {
        View<float> x = operation.X;
        Span<double> pixels = operation.Images.Span(), destination = x.Span();
        int first = operation.Counters.At(Counter.StepInEpoch) * operation.BatchSize;
        int step = operation.Counters.At(Counter.GlobalStep);
        for (int row = 0; row < x.Rows; row++)
        {
            int image = operation.Order.At(first + row);
            double[] picture = move(row, pixels.Slice(image * x.Columns, x.Columns).ToArray());
            for (int column = 0; column < x.Columns; column++)
            {
                int element = (row * x.Columns) + column;
                double pixel = picture[column] / one;
                destination[element] = operation.Encoding switch
                {
                    PixelEncoding.Scaled => pixel,
                    PixelEncoding.Threshold => pixel > 0.5 ? 1 : 0,
                    PixelEncoding.Resampled => ReferenceNoise.Uniform(operation.Noise, step, element) < pixel ? 1 : 0,
                    _ => throw new ArgumentOutOfRangeException(nameof(operation)),
                };
            }
        }
    }

    /// <summary>What becomes of the picture of a row: flipped, padded with its edges all around, and cut out.</summary>
    private static Func<int, double[], double[]> MoveOf<T>(GatherAugmented<T> operation)
        where T : unmanaged
    {
        uint step = (uint)operation.Batch.Counters.At(Counter.GlobalStep);
        (int height, int width, int channels) = operation.Picture;
        Augmentation augmentation = operation.Augmentation;
        return (row, picture) =>
        {
            PhiloxWords words = Philox.Block(operation.Moves, step, (uint)row);
            int shift = augmentation.Shift, places = (2 * shift) + 1;
            // The corner of what is cut out of the padded picture: at N nothing moves, at 0 all moves right or down by N.
            int left = shift - (int)(words.X2 / 4294967296.0 * places) + shift;
            int top = shift - (int)(words.X3 / 4294967296.0 * places) + shift;
            var padded = new double[height + (2 * shift), width + (2 * shift), channels];
            for (int r = 0; r < padded.GetLength(0); r++)
            {
                for (int c = 0; c < padded.GetLength(1); c++)
                {
                    int fromRow = Math.Min(Math.Max(r - shift, 0), height - 1), fromColumn = Math.Min(Math.Max(c - shift, 0), width - 1);
                    if (augmentation.Flips && words.X0 >= 0x8000_0000)
                        fromColumn = width - 1 - fromColumn;
                    if (augmentation.FlipsVertically && words.X1 >= 0x8000_0000)
                        fromRow = height - 1 - fromRow;
                    for (int channel = 0; channel < channels; channel++)
                        padded[r, c, channel] = picture[(((fromRow * width) + fromColumn) * channels) + channel];
                }
            }
            var moved = new double[picture.Length];
            for (int i = 0; i < moved.Length; i++)
                moved[i] = padded[top + (i / channels / width), left + (i / channels % width), i % channels];
            return moved;
        };
    }
}
