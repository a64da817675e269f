using System.Diagnostics;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>How fast a device multiplies: square products C = A · Bᵀ of random float32, for a second.</summary>
/// <param name="Size">Rows and columns of each matrix.</param>
/// <param name="FlopsPerSecond">Multiplications and additions in a second.</param>
internal sealed record ProductRate(int Size, double FlopsPerSecond)
{
    private const int SmallestSize = 64;
    private const int LargestSize = 4096;
    private const int Drawn = 1 << 16;

    // Long enough that the wait after each product does not count, short enough for many of them in a second.
    private static readonly TimeSpan _worthwhile = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(1);

    /// <summary>Doubles the size until a product takes some milliseconds, then multiplies for a second.</summary>
    public static ProductRate Measure(IDevice device)
    {
        for (int size = SmallestSize; ; size *= 2)
        {
            using DeviceBuffer<float> a = Random(device, size, 1), b = Random(device, size, 2);
            using DeviceBuffer<float> c = device.Allocate<float>((long)size * size);
            void Multiply()
            {
                device.Run(new Multiply(
                    Orientation.NT, a.AsMatrix(size, size), b.AsMatrix(size, size), Epilogue.Store,
                    c.AsMatrix(size, size)));
                device.Synchronize();
            }

            // The first compiles the kernel.
            Multiply();
            var clock = Stopwatch.StartNew();
            Multiply();
            if (clock.Elapsed < _worthwhile && size < LargestSize)
            {
                continue;
            }

            int products = 1;
            for (; clock.Elapsed < _duration; products++)
            {
                Multiply();
            }

            return new ProductRate(size, 2.0 * size * size * size * products / clock.Elapsed.TotalSeconds);
        }
    }

    private static DeviceBuffer<float> Random(IDevice device, int size, uint step)
    {
        long length = (long)size * size;
        float[] numbers = new float[Math.Min(length, Drawn)];
        Philox.FillNormal(new RandomSource(1, RandomPurpose.Initialization), step, numbers);
        DeviceBuffer<float> buffer = device.Allocate<float>(length);
        for (long first = 0; first < length; first += numbers.Length)
        {
            device.Upload<float>(numbers, new View<float>(buffer, first, 1, numbers.Length));
        }

        return buffer;
    }
}
