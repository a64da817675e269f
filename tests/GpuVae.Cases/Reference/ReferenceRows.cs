using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Batches, and elementary operations on rows and columns.</summary>
internal static class ReferenceRows
{
    public static void Run(in Gather<byte> operation) => Gather(operation, one: 255);

    public static void Run(in Gather<float> operation) => Gather(operation, one: 1);

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

    private static void Gather<T>(in Gather<T> operation, double one)
        where T : unmanaged
    {
        View<float> x = operation.X;
        Span<double> pixels = operation.Images.Span(), destination = x.Span();
        int first = operation.Counters.At(Counter.StepInEpoch) * operation.BatchSize;
        int step = operation.Counters.At(Counter.GlobalStep);
        for (int element = 0; element < destination.Length; element++)
        {
            int image = operation.Order.At(first + (element / x.Columns));
            double pixel = pixels[(image * x.Columns) + (element % x.Columns)] / one;
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
