using GpuVae.Kernels;

namespace GpuVae.Tests.Support;

/// <summary>
/// The operations in double precision, each as plainly as its documentation in <see cref="IBackend"/> says it. It
/// shares nothing with the backends that it judges but the words of Philox, which define the noise.
/// <see cref="ReferenceViews.Span"/> gives the doubles of a view, for finite differences.
/// </summary>
public sealed partial class ReferenceBackend : IBackend
{
    public string Name => "reference";

    public string Description => "double precision, one loop for each formula";

    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged =>
        new ReferenceBuffer<T>(length);

    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
        Require(source.Length == destination.Length, "Upload: as many numbers as the view has");
        ReferenceViews.FromHost(source, destination.Span());
    }

    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        Require(source.Length == destination.Length, "Download: as many numbers as the view has");
        ReferenceViews.ToHost<T>(source.Span(), destination);
    }

    /// <summary>The numbers of a view before they are rounded to float32.</summary>
    public static double[] Read(View<float> source) => source.Span().ToArray();

    /// <summary>Sets the numbers of a view, finer than float32 could.</summary>
    public static void Write(ReadOnlySpan<double> source, View<float> destination)
    {
        Require(source.Length == destination.Length, "Write: as many numbers as the view has");
        source.CopyTo(destination.Span());
    }

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }

    public void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x) =>
        Gather(images, one: 255, order, counters, batchSize, encoding, noise, x);

    public void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x) =>
        Gather(images, one: 1, order, counters, batchSize, encoding, noise, x);

    private static void Gather<T>(
        View<T> images, double one, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x)
        where T : unmanaged
    {
        Require(x.Columns == images.Columns && order.Length == images.Rows && x.Rows <= batchSize, "Gather: shapes");
        Span<double> pixels = images.Span(), permutation = order.Span(), destination = x.Span();
        int first = At(counters, Counter.StepInEpoch) * batchSize;
        int step = At(counters, Counter.GlobalStep);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                int element = (i * x.Columns) + j;
                double pixel = pixels[((int)permutation[first + i] * x.Columns) + j] / one;
                destination[element] = encoding switch
                {
                    PixelEncoding.Scaled => pixel,
                    PixelEncoding.Threshold => pixel > 0.5 ? 1 : 0,
                    PixelEncoding.Resampled => Uniform(noise, step, element) < pixel ? 1 : 0,
                    _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
                };
            }
        }
    }

    public void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        bool aTransposed = orientation == Orientation.TN, bTransposed = orientation == Orientation.NT;
        (int m, int k) = aTransposed ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int n, int otherK) = bTransposed ? (b.Rows, b.Columns) : (b.Columns, b.Rows);
        Require(c.Rows == m && c.Columns == n && k == otherK, "Multiply: shapes");
        Span<double> left = a.Span(), right = b.Span();
        var sums = new double[m, n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int p = 0; p < k; p++)
                {
                    sums[i, j] += left[aTransposed ? (p * m) + i : (i * k) + p]
                        * right[bTransposed ? (j * k) + p : (p * n) + j];
                }
            }
        }
        ReferenceEpilogue.Apply(sums, epilogue, c);
    }

    public void SumColumns(View<float> values, View<float> sums)
    {
        Require(sums.Length == values.Columns, "SumColumns: shapes");
        Span<double> source = values.Span(), destination = sums.Span();
        destination.Clear();
        for (int i = 0; i < values.Rows; i++)
        {
            for (int j = 0; j < values.Columns; j++)
                destination[j] += source[(i * values.Columns) + j];
        }
    }

    public void SumTerms(View<float> terms, View<int> counters, View<float> history)
    {
        Require(history.Columns == terms.Rows, "SumTerms: shapes");
        Span<double> source = terms.Span(), destination = history.Span();
        int step = At(counters, Counter.StepInEpoch);
        for (int r = 0; r < terms.Rows; r++)
        {
            double sum = 0;
            for (int j = 0; j < terms.Columns; j++)
                sum += source[(r * terms.Columns) + j];
            destination[(step * history.Columns) + r] = sum;
        }
    }

    public void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        Require(
            firstMoment.Length == gradient.Length && secondMoment.Length == gradient.Length
            && parameters.Length == gradient.Length,
            "Adam: shapes");
        Span<double> g = gradient.Span(), m = firstMoment.Span(), v = secondMoment.Span(), theta = parameters.Span();
        double beta1 = settings.Beta1, beta2 = settings.Beta2;
        double stepSize = At(schedule, counters, Schedule.StepSize);
        double correction = At(schedule, counters, Schedule.SecondMomentCorrection);
        for (int i = 0; i < g.Length; i++)
        {
            m[i] = (beta1 * m[i]) + ((1 - beta1) * g[i]);
            v[i] = (beta2 * v[i]) + ((1 - beta2) * g[i] * g[i]);
            theta[i] -= stepSize * m[i] / ((correction * Math.Sqrt(v[i])) + settings.Epsilon);
        }
    }

    public void Advance(View<int> counters)
    {
        counters.Span()[Counter.StepInEpoch]++;
        counters.Span()[Counter.GlobalStep]++;
    }

    private static int At(View<int> counters, int position) => (int)counters.Span()[position];

    private static double At(View<float> schedule, View<int> counters, int column) =>
        schedule.Span()[(At(counters, Counter.StepInEpoch) * Schedule.Columns) + column];

    private static double Uniform(RandomSource source, int step, int element) =>
        Philox.Uniform(Philox.Word(Philox.Block(source, (uint)step, (uint)element / 4), element % 4));

    private static double Normal(RandomSource source, int step, int element)
    {
        int pair = element - (element % 2);
        double radius = Math.Sqrt(-2 * Math.Log(Uniform(source, step, pair)));
        double angle = 2 * Math.PI * Uniform(source, step, pair + 1);
        return radius * (element % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
            throw new ArgumentException($"{what} do not fit.");
    }
}
