namespace GpuVae.Kernels;

/// <summary>What random numbers are for: two uses with the same seed and step never share a number.</summary>
public enum RandomPurpose
{
    /// <summary>Parameters at the start.</summary>
    Initialization = 1,

    /// <summary>The order of the images in an epoch.</summary>
    Shuffle = 2,

    /// <summary>ε of the code while training.</summary>
    TrainingCode = 3,

    /// <summary>ε of the code in evaluation.</summary>
    EvaluationCode = 4,

    /// <summary>Pixels binarised while training.</summary>
    TrainingPixels = 5,

    /// <summary>Pixels binarised in evaluation.</summary>
    EvaluationPixels = 6,

    /// <summary>Draws from the prior, for pictures.</summary>
    Prior = 7,

    /// <summary>Noise that a training case keeps: the image stands where the step does elsewhere.</summary>
    TrainingCase = 8,

    /// <summary>What corrupts the encoder's input while training.</summary>
    TrainingCorruption = 9,

    /// <summary>What corrupts it in evaluation.</summary>
    EvaluationCorruption = 10,

    /// <summary>The examples that are held out for testing.</summary>
    HoldOut = 12,

    /// <summary>Random hyperplanes, the baseline of hashing.</summary>
    Hyperplanes = 16,

    /// <summary>ε of the codes that estimate a likelihood.</summary>
    ImportanceSamples = 17,

    /// <summary>How pictures are flipped and moved while training.</summary>
    TrainingAugmentation = 18,

    /// <summary>The training rows that a detector remembers.</summary>
    MemoryRows = 19,

    /// <summary>The order of examples within the windows of an epoch, where these stay in a file.</summary>
    WindowShuffle = 20,

    /// <summary>
    /// What dropout leaves out: this one for a model's first layer of dropout, and one higher for each layer after it, so that
    /// the next 2¹⁶ are taken too.
    /// </summary>
    Dropout = 1 << 16,
}

/// <summary>A sequence of random numbers: one seed, one purpose.</summary>
/// <param name="Seed">Decides all of them.</param>
/// <param name="Purpose">What they are for.</param>
/// <param name="FirstBlock">Blocks of four elements before the first, where rows of a batch are drawn apart from those before them.</param>
public readonly record struct RandomSource(ulong Seed, RandomPurpose Purpose, uint FirstBlock = 0)
{
    /// <summary>The same sequence from one of its elements on: what is drawn as element 0 is that one.</summary>
    /// <param name="element">A multiple of four.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none, or negative.</exception>
    public RandomSource From(long element)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(element);
        ArgumentOutOfRangeException.ThrowIfNotEqual(element % 4, 0, nameof(element));
        return this with { FirstBlock = checked(FirstBlock + (uint)(element / 4)) };
    }
}

/// <summary>Four 32-bit words: a counter, or what Philox makes of it.</summary>
public readonly record struct PhiloxWords(uint X0, uint X1, uint X2, uint X3);

/// <summary>
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3):
/// a function of (key, counter), so that number i needs no number before it and every device draws the same.
/// </summary>
/// <remarks>
/// key = seed, low word first; counter = (first block + element / 4, 0, step, purpose). Word element % 4 of the block
/// belongs to the element. Plain scalar code, which ILGPU compiles as well.
/// </remarks>
public static class Philox
{
    internal const int Rounds = 10;
    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint Weyl0 = 0x9E3779B9;
    internal const uint Weyl1 = 0xBB67AE85;

    /// <summary>Ten rounds over one counter.</summary>
    public static PhiloxWords Block(PhiloxWords counter, uint key0, uint key1)
    {
        uint x0 = counter.X0, x1 = counter.X1, x2 = counter.X2, x3 = counter.X3;
        ulong weyl0 = key0, weyl1 = key1;
        for (int round = 0; round < Rounds; round++)
        {
            // ILGPU writes arithmetic of unsigned numbers in OpenCL C as that of signed ones, of whose overflow a compiler assumes that
            // it does not happen, and takes the top bit of a word for 0: checked keeps products unsigned, and sums have room.
            ulong product0 = checked((ulong)Multiplier0 * x0);
            ulong product1 = checked((ulong)Multiplier1 * x2);
            x0 = (uint)(product1 >> 32) ^ x1 ^ (uint)weyl0;
            x1 = (uint)product1;
            x2 = (uint)(product0 >> 32) ^ x3 ^ (uint)weyl1;
            x3 = (uint)product0;
            weyl0 += Weyl0;
            weyl1 += Weyl1;
        }
        return new PhiloxWords(x0, x1, x2, x3);
    }

    /// <summary>The block that holds elements 4·<paramref name="block"/> … 4·<paramref name="block"/> + 3 of a step.</summary>
    public static PhiloxWords Block(RandomSource stream, uint step, uint block) =>
        Block(
            new PhiloxWords(stream.FirstBlock + block, 0, step, (uint)stream.Purpose),
            (uint)stream.Seed, (uint)(stream.Seed >> 32));

    /// <summary>A uniform number in (0, 1): the word's top 23 bits plus a half, exactly representable.</summary>
    public static float Uniform(uint word) => ((int)(word >> 9) + 0.5f) * (1f / (1 << 23));

    /// <summary>
    /// Four standard normals from one block by Box and Muller (1958): with uniforms u and v,
    /// √(−2 log u)·cos 2πv and √(−2 log u)·sin 2πv.
    /// </summary>
    public static (float N0, float N1, float N2, float N3) Normals(PhiloxWords words)
    {
        (float n0, float n1) = BoxMuller(Uniform(words.X0), Uniform(words.X1));
        (float n2, float n3) = BoxMuller(Uniform(words.X2), Uniform(words.X3));
        return (n0, n1, n2, n3);
    }

    /// <summary>Fills <paramref name="destination"/> with elements 0, 1, … of a step as standard normals.</summary>
    public static void FillNormal(RandomSource stream, uint step, Span<float> destination)
    {
        Span<float> four = stackalloc float[4];
        for (int first = 0; first < destination.Length; first += 4)
        {
            (four[0], four[1], four[2], four[3]) = Normals(Block(stream, step, (uint)first / 4));
            four[..Math.Min(4, destination.Length - first)].CopyTo(destination[first..]);
        }
    }

    /// <summary>Fills <paramref name="destination"/> with elements 0, 1, … of a step, uniform in (0, 1).</summary>
    public static void FillUniform(RandomSource stream, uint step, Span<float> destination)
    {
        for (int element = 0; element < destination.Length; element++)
            destination[element] = Uniform(Word(Block(stream, step, (uint)element / 4), element % 4));
    }

    /// <summary>A random permutation of 0 … length − 1 (Fisher and Yates, as Durstenfeld 1964 gives it).</summary>
    public static void FillPermutation(RandomSource stream, uint step, Span<int> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = i;
        PhiloxWords words = default;
        for (int i = destination.Length - 1, drawn = 0; i > 0; i--, drawn++)
        {
            if (drawn % 4 == 0)
                words = Block(stream, step, (uint)drawn / 4);
            int other = (int)(((ulong)Word(words, drawn % 4) * ((ulong)i + 1)) >> 32);
            (destination[i], destination[other]) = (destination[other], destination[i]);
        }
    }

    /// <summary>Word <paramref name="index"/> of a block.</summary>
    public static uint Word(PhiloxWords words, int index) => index switch
    {
        0 => words.X0,
        1 => words.X1,
        2 => words.X2,
        _ => words.X3,
    };

    private static (float First, float Second) BoxMuller(float u, float v)
    {
        // A GPU's approximate log of a number just below 1 may come out above 0.
        float radius = MathF.Sqrt(MathF.Max(0f, -2f * MathF.Log(u)));
        float angle = 2f * MathF.PI * v;
        return (radius * MathF.Cos(angle), radius * MathF.Sin(angle));
    }
}
