using GpuVae.Imaging;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

/// <summary>What native code works with must outlive its call, whatever the garbage collector does meanwhile.</summary>
public sealed class NativeMemoryTests
{
    /// <summary>
    /// A collection in the middle of a resizing took the description of its target away, and the process ended in SkiaSharp: here
    /// once in some runs, and in every second one with <c>DOTNET_TieredCompilation=0</c>. Small pictures make many calls.
    /// </summary>
    [Fact]
    public async Task Pictures_are_resized_while_garbage_is_collected()
    {
        byte[] png = Picture(side: 6);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        Task collecting = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    GC.Collect(0);
                    GC.WaitForPendingFinalizers();
                }
            },
            TestContext.Current.CancellationToken);
        byte[]? first = null;
        while (!stop.IsCancellationRequested)
        {
            using var file = new ImageFile("made.png", png);
            byte[] pixels = file.Decode(coloured: true, (4, 4), PictureBackground.White).Pixels;
            Assert.Equal(first ??= pixels, pixels);
        }
        await collecting;
    }

    private static byte[] Picture(int side)
    {
        using var bitmap = new SKBitmap(side, side);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)x, (byte)y, (byte)(x * y)));
        }
        using SKData file = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return file.ToArray();
    }
}
