using System.Buffers.Binary;
using GpuVae.Evaluation;

namespace GpuVae.Compression;

/// <summary>
/// A code as a sum of directions, z = c + Σₑ yₑ vₑ, whose factors y are quantised in its place: units of an autoencoder go together, and
/// what goes together would be paid twice (transform coding; Goyal 2001).
/// </summary>
/// <remarks>
/// With G = E[JᵀJ], J = ∂x/∂z, the error of a small step of z is δᵀGδ: of G^½z it is that of all directions alike, and the eigenvectors of
/// its covariance G^½ΣG^½ are the directions in which nothing goes together.
/// </remarks>
internal sealed class CodeTransform
{
    /// <summary>The most units of a code that is turned.</summary>
    public const int MostUnits = 128;

    // What G leaves out counts as if it mattered a little.
    private const double Least = 1e-6;

    private readonly float[] _center; // (k)
    private readonly Half[] _vectors; // (units, k), the largest number of each about 1

    private CodeTransform(float[] center, Half[] vectors) => (_center, _vectors) = (center, vectors);

    /// <summary>k, numbers of a code.</summary>
    public int Width => _center.Length;

    /// <summary>Directions.</summary>
    public int Units => _vectors.Length / _center.Length;

    /// <summary>Bytes of <see cref="Write"/>.</summary>
    public int Length => LengthOf(Width, Units);

    /// <summary>Whether a file may have it: finite numbers.</summary>
    public bool IsPossible => Array.TrueForAll(_center, float.IsFinite) && Array.TrueForAll(_vectors, Half.IsFinite);

    /// <summary>Bytes of a transform.</summary>
    public static int LengthOf(int width, int units) => checked((width * sizeof(float)) + (units * width * sizeof(ushort)));

    /// <summary>The directions of codes.</summary>
    /// <param name="codes">(n, k).</param>
    /// <param name="gram">G (k, k).</param>
    /// <param name="turned">y (n, k).</param>
    /// <param name="ratios">The step of each y that makes the error of all alike.</param>
    public static CodeTransform Of(ReadOnlySpan<float> codes, double[,] gram, out float[] turned, out double[] ratios)
    {
        int width = gram.GetLength(0), count = codes.Length / width;
        var center = new float[width];
        UnitRange[] ranges = UnitRange.Of(codes, width);
        for (int unit = 0; unit < width; unit++)
            center[unit] = (float)ranges[unit].Mean;
        var covariance = new double[width, width];
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> code = codes.Slice(row * width, width);
            for (int i = 0; i < width; i++)
            {
                for (int j = 0; j < width; j++)
                    covariance[i, j] += ((double)code[i] - center[i]) * ((double)code[j] - center[j]) / count;
            }
        }
        var ofGram = SymmetricEigen.Of(gram);
        double least = Math.Max(ofGram.Values[0] * Least, double.Epsilon);
        double[,] root = Power(ofGram, value => Math.Sqrt(Math.Max(value, least)));
        double[,] inverse = Power(ofGram, value => 1 / Math.Sqrt(Math.Max(value, least)));
        var directions = SymmetricEigen.Of(Product(Product(root, covariance), root));
        ratios = new double[width];
        var vectors = new Half[width * width];
        var rows = new double[width, width]; // y = rows (z − c)
        for (int e = 0; e < width; e++)
        {
            double[] vector = Product(inverse, directions.Vectors[e]), row = Product(root, directions.Vectors[e]);
            double scale = vector.Max(Math.Abs);
            ratios[e] = scale;
            for (int i = 0; i < width; i++)
            {
                vectors[(e * width) + i] = (Half)(vector[i] / scale);
                rows[e, i] = row[i] * scale;
            }
        }
        turned = new float[codes.Length];
        for (int at = 0; at < codes.Length; at += width)
        {
            for (int e = 0; e < width; e++)
            {
                double sum = 0;
                for (int i = 0; i < width; i++)
                    sum += rows[e, i] * ((double)codes[at + i] - center[i]);
                turned[at + e] = (float)sum;
            }
        }
        return new CodeTransform(center, vectors);
    }

    /// <summary>Some of the directions.</summary>
    /// <param name="units">Which, in rising order.</param>
    public CodeTransform Take(IEnumerable<int> units) =>
        new(_center, [.. units.SelectMany(unit => _vectors.AsSpan(unit * Width, Width).ToArray())]);

    /// <summary>z of y, each sum in the order of directions and in double precision.</summary>
    /// <param name="turned">(units).</param>
    /// <param name="code">(k).</param>
    public void Apply(ReadOnlySpan<float> turned, Span<float> code)
    {
        for (int i = 0; i < code.Length; i++)
        {
            double sum = _center[i];
            for (int e = 0; e < turned.Length; e++)
                sum += (double)_vectors[(e * code.Length) + i] * turned[e];
            code[i] = (float)sum;
        }
    }

    /// <summary>Writes c as float32, and each direction as float16, little-endian.</summary>
    public void Write(Span<byte> bytes)
    {
        foreach (float number in _center)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
            bytes = bytes[sizeof(float)..];
        }
        foreach (Half number in _vectors)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes, number);
            bytes = bytes[sizeof(ushort)..];
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote, possible or not.</summary>
    public static CodeTransform Read(ReadOnlySpan<byte> bytes, int width, int units)
    {
        var center = new float[width];
        var vectors = new Half[units * width];
        for (int i = 0; i < width; i++)
            center[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = BinaryPrimitives.ReadHalfLittleEndian(bytes[((width * sizeof(float)) + (i * sizeof(ushort)))..]);
        return new CodeTransform(center, vectors);
    }

    private static double[,] Power(SymmetricEigen eigen, Func<double, double> function)
    {
        int size = eigen.Values.Count;
        var power = new double[size, size];
        for (int e = 0; e < size; e++)
        {
            double factor = function(eigen.Values[e]);
            double[] vector = eigen.Vectors[e];
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                    power[i, j] += factor * vector[i] * vector[j];
            }
        }
        return power;
    }

    private static double[,] Product(double[,] a, double[,] b)
    {
        int size = a.GetLength(0);
        var product = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < size; k++)
            {
                for (int j = 0; j < size; j++)
                    product[i, j] += a[i, k] * b[k, j];
            }
        }
        return product;
    }

    private static double[] Product(double[,] a, double[] b)
    {
        var product = new double[b.Length];
        for (int i = 0; i < b.Length; i++)
        {
            for (int j = 0; j < b.Length; j++)
                product[i] += a[i, j] * b[j];
        }
        return product;
    }
}
