using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>
/// The first principal components of examples with many numbers, whose covariance is never made: subspace iteration
/// V ← orth(XᵀXV) with the products on a device, and the eigenvectors of VᵀXᵀXV at the end (Halko, Martinsson and Tropp 2011,
/// algorithm 4.4).
/// </summary>
public sealed class PrincipalSubspace
{
    // With so many directions more than are asked for, those asked for are found in a few iterations.
    private const int Oversampling = 8;
    private const int Iterations = 8;

    private readonly float[] _vectors; // (k, D)
    private readonly double[] _mean;

    private PrincipalSubspace(double[] mean, float[] vectors) => (_mean, _vectors) = (mean, vectors);

    /// <summary>k.</summary>
    public int Components => _vectors.Length / _mean.Length;

    /// <summary>Finds them.</summary>
    /// <param name="device">Where products are computed.</param>
    /// <param name="examples">(n, D), n at least 1.</param>
    /// <param name="dimensions">D.</param>
    /// <param name="components">k; fewer where D or n − 1 is less.</param>
    public static PrincipalSubspace Of(IDevice device, ReadOnlySpan<float> examples, int dimensions, int components)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimensions);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        int count = examples.Length / dimensions;
        ArgumentOutOfRangeException.ThrowIfZero(count, nameof(examples));
        int directions = Math.Min(components + Oversampling, Math.Min(dimensions, count));
        components = Math.Min(components, directions);
        var mean = new double[dimensions];
        for (int i = 0; i < examples.Length; i++)
            mean[i % dimensions] += examples[i] / (double)count;
        var centred = new float[count * dimensions];
        for (int i = 0; i < centred.Length; i++)
            centred[i] = (float)(examples[i] - mean[i % dimensions]);

        using DeviceBuffer<float> xBuffer = device.Import(centred);
        using DeviceBuffer<float> projectedBuffer = device.Allocate<float>((long)count * directions);
        using DeviceBuffer<float> vectorsBuffer = device.Allocate<float>((long)directions * dimensions);
        View<float> x = xBuffer.AsMatrix(count, dimensions), projected = projectedBuffer.AsMatrix(count, directions);
        View<float> v = vectorsBuffer.AsMatrix(directions, dimensions);
        var vectors = new float[directions * dimensions];
        Philox.FillNormal(new RandomSource(Seed: 0, RandomPurpose.Hyperplanes), step: 0, vectors);
        for (int i = 0; i < Iterations; i++)
        {
            Orthonormalize(vectors, dimensions);
            device.Upload<float>(vectors, v);
            // Rows of V are directions: XVᵀ (n, k), and (XVᵀ)ᵀX (k, D).
            device.Run(new Multiply(Orientation.NT, x, v, Epilogue.Store, projected));
            device.Run(new Multiply(Orientation.TN, projected, x, Epilogue.Store, v));
            device.Download<float>(v, vectors);
        }
        Orthonormalize(vectors, dimensions);
        device.Upload<float>(vectors, v);
        device.Run(new Multiply(Orientation.NT, x, v, Epilogue.Store, projected));
        var projections = new float[count * directions];
        device.Download(projected, projections);
        return new PrincipalSubspace(mean, Rotate(vectors, projections, directions, components));
    }

    /// <summary>Where examples lie along the components: vⱼ·(x − m).</summary>
    /// <param name="examples">(n, D).</param>
    /// <returns>(n, k).</returns>
    public float[] Project(ReadOnlySpan<float> examples)
    {
        int dimensions = _mean.Length, count = examples.Length / dimensions;
        var codes = new float[count * Components];
        var centred = new float[dimensions];
        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < dimensions; i++)
                centred[i] = (float)(examples[(row * dimensions) + i] - _mean[i]);
            for (int component = 0; component < Components; component++)
                codes[(row * Components) + component] = (float)Dot(centred, _vectors.AsSpan(component * dimensions, dimensions));
        }
        return codes;
    }

    /// <summary>m + Σ cⱼvⱼ.</summary>
    /// <param name="codes">(n, k).</param>
    /// <param name="examples">(n, D).</param>
    public void Rebuild(ReadOnlySpan<float> codes, Span<float> examples)
    {
        int dimensions = _mean.Length, count = examples.Length / dimensions;
        for (int row = 0; row < count; row++)
        {
            Span<float> example = examples.Slice(row * dimensions, dimensions);
            for (int i = 0; i < dimensions; i++)
                example[i] = (float)_mean[i];
            for (int component = 0; component < Components; component++)
            {
                float factor = codes[(row * Components) + component];
                ReadOnlySpan<float> vector = _vectors.AsSpan(component * dimensions, dimensions);
                for (int i = 0; factor != 0 && i < dimensions; i++)
                    example[i] += factor * vector[i];
            }
        }
    }

    /// <summary>Rows of length 1 at right angles: each less what lies along those before it, twice against rounding.</summary>
    private static void Orthonormalize(float[] vectors, int dimensions)
    {
        for (int row = 0; row < vectors.Length / dimensions; row++)
        {
            Span<float> vector = vectors.AsSpan(row * dimensions, dimensions);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int before = 0; before < row; before++)
                {
                    ReadOnlySpan<float> other = vectors.AsSpan(before * dimensions, dimensions);
                    var along = (float)Dot(vector, other);
                    for (int i = 0; i < dimensions; i++)
                        vector[i] -= along * other[i];
                }
                double length = Math.Sqrt(Dot(vector, vector));
                for (int i = 0; i < dimensions; i++)
                    vector[i] = length > 0 ? (float)(vector[i] / length) : 0;
            }
        }
    }

    /// <summary>The directions turned into components, those of the largest variance first.</summary>
    private static float[] Rotate(float[] vectors, float[] projections, int directions, int components)
    {
        int dimensions = vectors.Length / directions, count = projections.Length / directions;
        var covariance = new double[directions, directions];
        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < directions; i++)
            {
                for (int j = i; j < directions; j++)
                    covariance[i, j] += (double)projections[(row * directions) + i] * projections[(row * directions) + j];
            }
        }
        var eigen = SymmetricEigen.Of(covariance);
        var turned = new float[components * dimensions];
        for (int component = 0; component < components; component++)
        {
            for (int direction = 0; direction < directions; direction++)
            {
                var factor = (float)eigen.Vectors[component][direction];
                for (int i = 0; i < dimensions; i++)
                    turned[(component * dimensions) + i] += factor * vectors[(direction * dimensions) + i];
            }
        }
        return turned;
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
