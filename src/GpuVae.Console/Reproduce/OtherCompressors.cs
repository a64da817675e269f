using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;
using GpuVae.Imaging;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>What compressors that know nothing of a model make of images, for the tables of <c>reproduce bits-back</c>.</summary>
internal static class OtherCompressors
{
    // Programs of the system, since .NET has no such encoders, and what makes them do their best from stdin to stdout.
    private static readonly (string Name, string[] Arguments)[] _programs = [("bzip2", ["-9", "-c"]), ("xz", ["-9e", "-c"])];

    /// <summary>Compresses images one behind the other, and as picture files each.</summary>
    /// <param name="pixels">(N, H·W·C) bytes; 0 and 255 where they are binary.</param>
    /// <param name="image">H×W×C.</param>
    /// <param name="isBinary">Whether a pixel is a bit: eight of them make a byte then.</param>
    /// <returns>Bytes of each; who is not on this machine is left out, and that is said.</returns>
    public static IReadOnlyList<(string Name, long Bytes)> Measure(byte[] pixels, Shape image, bool isBinary)
    {
        byte[] content = isBinary ? Packed(pixels) : pixels;
        List<(string, long)> sizes = [("gzip", Gzip(content))];
        foreach ((string name, string[] arguments) in _programs)
        {
            if (Run(name, arguments, content) is long bytes)
            {
                sizes.Add((name, bytes));
            }
            else
            {
                Failure.WriteLine($"note: there is no {name} on this machine, and no row of it");
            }
        }

        if (image.Channels is 1 or 3)
        {
            (long png, long webp) = Pictures(pixels, image);
            sizes.Add(("PNG", png));
            sizes.Add(("WebP", webp));
        }

        return sizes;
    }

    private static byte[] Packed(byte[] pixels)
    {
        var packed = new byte[(pixels.Length + 7) / 8];
        for (int i = 0; i < pixels.Length; i++)
        {
            packed[i / 8] |= (byte)(pixels[i] > 0 ? 128 >> (i % 8) : 0);
        }

        return packed;
    }

    private static long Gzip(byte[] content)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return file.Length;
    }

    /// <summary>Bytes that a program makes of its input; null where there is no such program.</summary>
    private static long? Run(string name, string[] arguments, byte[] content)
    {
        try
        {
            using var program = Process.Start(new ProcessStartInfo(name, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            var writing = Task.Run(() =>
            {
                using Stream input = program.StandardInput.BaseStream;
                input.Write(content);
            });
            using var output = new MemoryStream();
            program.StandardOutput.BaseStream.CopyTo(output);
            writing.Wait();
            program.WaitForExit();
            return program.ExitCode == 0 ? output.Length : null;
        }
        catch (Exception exception) when (exception is Win32Exception or AggregateException or IOException)
        {
            return null;
        }
    }

    private static (long Png, long Webp) Pictures(byte[] pixels, Shape image)
    {
        (long png, long webp) = (0, 0);
        for (int at = 0; at < pixels.Length; at += image.Size)
        {
            var picture = new RasterImage(image.Width, image.Height, image.Channels);
            pixels.AsSpan(at, image.Size).CopyTo(picture.Pixels);
            png += LosslessPicture.Png(picture).Length;
            webp += LosslessPicture.Webp(picture).Length;
        }

        return (png, webp);
    }
}
