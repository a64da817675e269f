using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="GatherAugmented{T}"/>. An item is a picture: a worker puts it into memory of its own as it is moved, and from there
/// it goes the way of <see cref="GatherKernel{TElement, TSource}"/>.
/// </summary>
/// <typeparam name="TElement">What a picture is made of.</typeparam>
/// <typeparam name="TSource">How its numbers are read.</typeparam>
internal unsafe struct GatherAugmentedKernel<TElement, TSource>
    where TElement : unmanaged
    where TSource : struct, IGatherSource<TElement>
{
    private static readonly ScratchUse _moved = new();

    public GatherKernel<TElement, TSource> Gather;
    public Shape Picture;
    public Augmentation Augmentation;
    public RandomSource Moves;

    /// <summary>A picture for each worker.</summary>
    public TElement* Moved;

    /// <summary>Numbers from the picture of a worker to that of the next: whole cache lines.</summary>
    public nint Pitch;

    /// <exception cref="ArgumentException">The counters point behind the end of the order.</exception>
    public static void Run<S, V>(CpuDevice<S, V> device, in GatherAugmented<TElement> operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        int dimensions = operation.Batch.X.Columns;
        nint pitch = ((nint)dimensions + CacheLines.Bytes - 1) / CacheLines.Bytes * CacheLines.Bytes;
        var kernel = new GatherAugmentedKernel<TElement, TSource>
        {
            Gather = GatherKernel<TElement, TSource>.Prepare(device, operation.Batch),
            Picture = operation.Picture,
            Augmentation = operation.Augmentation,
            Moves = operation.Moves,
            Moved = device.Scratch.Take<TElement>(_moved, device.Pool.Size * pitch),
            Pitch = pitch,
        };
        device.Pool.Run(&Pictures<S, V>, &kernel, kernel.Gather.RowCount);
    }

    private static void Pictures<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly GatherAugmentedKernel<TElement, TSource> kernel = ref *(GatherAugmentedKernel<TElement, TSource>*)context;
        TElement* moved = kernel.Moved + (worker * kernel.Pitch);
        int flip = kernel.Augmentation.Flips ? 1 : 0, flipVertical = kernel.Augmentation.FlipsVertically ? 1 : 0;
        for (int row = first; row < first + count; row++)
        {
            kernel.Gather.PrefetchAfter(row);
            var move = PictureMove.Draw(
                kernel.Moves, kernel.Gather.Step, row, kernel.Augmentation.Shift, flip, flipVertical);
            Move(kernel.Gather.Source(row), kernel.Picture, move, moved);
            kernel.Gather.Encode<S, V>(row, moved);
        }
        if (kernel.Gather.IsNonTemporal)
            S.StoreFence();
    }

    private static void Move(TElement* source, Shape picture, PictureMove move, TElement* moved)
    {
        int line = picture.Width * picture.Channels;
        // To move what is flipped is to flip what is moved the other way.
        int right = Math.Clamp(move.Flip != 0 ? -move.Right : move.Right, -picture.Width, picture.Width);
        for (int row = 0; row < picture.Height; row++)
        {
            int from = Math.Clamp(row - move.Down, 0, picture.Height - 1);
            if (move.FlipVertical != 0)
                from = picture.Height - 1 - from;
            TElement* destination = moved + ((nint)row * line);
            MoveLine(source + ((nint)from * line), picture.Width, picture.Channels, right, destination);
            if (move.Flip != 0)
                Flip(destination, picture.Width, picture.Channels);
        }
    }

    /// <summary>A row of pixels moved to the right, or to the left where <paramref name="right"/> is negative.</summary>
    private static void MoveLine(TElement* source, int width, int channels, int right, TElement* destination)
    {
        int kept = width - Math.Abs(right);
        int before = Math.Max(0, right), skipped = Math.Max(0, -right);
        for (int pixel = 0; pixel < before; pixel++)
            Copy(source, channels, destination + (pixel * channels));
        Copy(source + (skipped * channels), kept * channels, destination + (before * channels));
        for (int pixel = before + kept; pixel < width; pixel++)
            Copy(source + ((width - 1) * channels), channels, destination + (pixel * channels));
    }

    private static void Flip(TElement* line, int width, int channels)
    {
        if (channels == 1)
        {
            new Span<TElement>(line, width).Reverse();
            return;
        }
        for (TElement* left = line, right = line + ((width - 1) * channels); left < right; left += channels, right -= channels)
        {
            for (int channel = 0; channel < channels; channel++)
                (left[channel], right[channel]) = (right[channel], left[channel]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(TElement* source, int length, TElement* destination) =>
        new Span<TElement>(source, length).CopyTo(new Span<TElement>(destination, length));
}
