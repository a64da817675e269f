using System.Buffers.Binary;

namespace GpuVae.Compression;

/// <summary>What a block takes, and what it would take at best.</summary>
/// <param name="Payload">Its bytes.</param>
/// <param name="Supplied">
/// Words that the first images took their codes from, since nothing was there to be given back: part of the payload.
/// </param>
/// <param name="BoundBits">The model's −ELBO of its images in bits, by the codes that were drawn.</param>
internal sealed record CodedBlock(byte[] Payload, int Supplied, double BoundBits);

/// <summary>
/// Bits-back coding (Townsend, Bird and Barber 2019): of each image a code z is popped from the stack with the posterior's
/// probabilities, which takes bits away, then x is pushed with those of p(x | z), and z with the prior's. Who restores goes the other
/// way, and gets back what was popped. On average an image takes the model's −ELBO.
/// </summary>
/// <remarks>
/// Images are pushed from the last to the first, so that they come back in their order. On top of the stack lies the code of the image
/// before, whose bits are no chance: a mask of pseudo-random bits makes draws of them that are as good as any.
/// </remarks>
internal sealed class BlockCoder : IBlockRestorer
{
    // A file may claim more images than it holds: memory is taken as they come.
    private const int FirstImages = 64;

    private readonly CanonicalModel _model;
    private readonly LatentBuckets _buckets;
    private readonly int _width;  // bytes of a symbol
    private readonly int _length; // bytes of an example's symbols
    private readonly WeightedTerms _terms = new();
    private readonly float[] _x;
    private readonly float[] _head;
    private readonly float[] _z;
    private readonly float[] _outputs;
    private readonly double[] _epsilon;
    private readonly SymbolInterval[] _intervals;
    private readonly int[] _codes;

    /// <summary>Takes memory; a thread has its own.</summary>
    public BlockCoder(CanonicalModel model, LatentBuckets buckets)
    {
        _model = model;
        _buckets = buckets;
        _width = model.Pixels.SymbolBytes;
        _length = model.ExampleBytes;
        _x = new float[model.Image.Size];
        _outputs = new float[model.Decoder.Outputs];
        _head = new float[model.Encoder.Outputs];
        _z = new float[model.Units];
        _epsilon = new double[model.Units];
        _intervals = new SymbolInterval[model.Units];
        _codes = new int[model.Units];
    }

    /// <summary>Compresses images.</summary>
    /// <param name="symbols">(n, symbols of an example), each of <see cref="ISymbolModel.SymbolBytes"/>.</param>
    public CodedBlock Compress(ReadOnlySpan<byte> symbols)
    {
        var stack = new AnsCoder(Supply());
        double bound = 0;
        for (int image = (symbols.Length / _length) - 1; image >= 0; image--)
            bound += Push(stack, symbols.Slice(image * _length, _length), image);
        return new CodedBlock(stack.ToArray(), stack.Supplied, bound / Math.Log(2));
    }

    /// <inheritdoc/>
    public byte[] Restore(ReadOnlySpan<byte> payload, int images, int supplied)
    {
        var stack = AnsCoder.Read(payload);
        var symbols = new byte[Math.Min(images, FirstImages) * _length];
        for (int image = 0; image < images; image++)
        {
            int at = image * _length;
            if (at == symbols.Length)
                Array.Resize(ref symbols, (int)Math.Min(2L * symbols.Length, (long)images * _length));
            Pop(stack, symbols.AsSpan(at, _length), image);
        }
        return stack.HoldsOnly(supplied, Supply())
            ? symbols
            : throw new AnsException("what is left behind the images is not what was there before them");
    }

    /// <summary>The words that stand before the first image.</summary>
    private static Func<uint> Supply()
    {
        ulong count = 0;
        return () => Chance(count++);
    }

    /// <summary>The mask of a unit's draw.</summary>
    private uint Mask(int image, int unit) =>
        Chance((1ul << 63) + ((ulong)image * (ulong)_z.Length) + (ulong)unit) >> (32 - LatentBuckets.PosteriorBits);

    /// <summary>Numbers that look like chance: SplitMix64 (Steele, Lea and Flood 2014) from 0 on, its upper halves.</summary>
    private static uint Chance(ulong number)
    {
        ulong word = (number + 1) * 0x9E3779B97F4A7C15;
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return (uint)((word ^ (word >> 31)) >> 32);
    }

    /// <returns>−ELBO of the image in nats, by the code that was drawn.</returns>
    private double Push(AnsCoder stack, ReadOnlySpan<byte> symbols, int image)
    {
        CanonicalPosterior posterior = Encode(symbols);
        for (int unit = 0; unit < _z.Length; unit++)
        {
            (double mean, double deviation) = posterior.Unit(unit);
            uint mask = Mask(image, unit);
            _codes[unit] = _buckets.Find(stack.Peek(LatentBuckets.PosteriorBits, mask), mean, deviation);
            stack.Pop(_buckets.Posterior(_codes[unit], mean, deviation), LatentBuckets.PosteriorBits, mask);
            posterior.Know(unit, _z[unit] = _buckets.Center(_codes[unit]));
        }
        _model.Decoder.Run(_z, _outputs, _terms);
        ISymbolModel pixels = _model.Pixels;
        double cost = posterior.Divergence();
        for (int pixel = (symbols.Length / _width) - 1; pixel >= 0; pixel--)
        {
            int symbol = _width == 1 ? symbols[pixel] : BinaryPrimitives.ReadInt32LittleEndian(symbols[(pixel * _width)..]);
            stack.Push(pixels.IntervalOf(_outputs, pixel, symbol), pixels.Bits);
            cost += pixels.Cost(_outputs, pixel, symbol);
        }
        for (int unit = _z.Length - 1; unit >= 0; unit--)
            stack.Push(LatentBuckets.Prior(_codes[unit]), _buckets.Bits);
        return cost;
    }

    private void Pop(AnsCoder stack, Span<byte> symbols, int image)
    {
        for (int unit = 0; unit < _z.Length; unit++)
        {
            _codes[unit] = (int)stack.Peek(_buckets.Bits);
            stack.Pop(LatentBuckets.Prior(_codes[unit]), _buckets.Bits);
            _z[unit] = _buckets.Center(_codes[unit]);
        }
        _model.Decoder.Run(_z, _outputs, _terms);
        ISymbolModel pixels = _model.Pixels;
        for (int pixel = 0; pixel < symbols.Length / _width; pixel++)
        {
            SymbolInterval interval = pixels.Find(_outputs, pixel, stack.Peek(pixels.Bits), out int symbol);
            stack.Pop(interval, pixels.Bits);
            if (_width == 1)
                symbols[pixel] = (byte)symbol;
            else
                BinaryPrimitives.WriteInt32LittleEndian(symbols[(pixel * _width)..], symbol);
        }
        CanonicalPosterior posterior = Encode(symbols);
        for (int unit = 0; unit < _z.Length; unit++)
        {
            (double mean, double deviation) = posterior.Unit(unit);
            _intervals[unit] = _buckets.Posterior(_codes[unit], mean, deviation);
            posterior.Know(unit, _z[unit]);
        }
        for (int unit = _z.Length - 1; unit >= 0; unit--)
            stack.Push(_intervals[unit], LatentBuckets.PosteriorBits, Mask(image, unit));
    }

    private CanonicalPosterior Encode(ReadOnlySpan<byte> symbols)
    {
        _model.Pixels.See(symbols, _x);
        _model.Encoder.Run(_x, _head, _terms);
        return new CanonicalPosterior(_head, _model.Covariance, _epsilon);
    }
}
