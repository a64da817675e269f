using System.Globalization;
using System.Text;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Tests.Detection;
using GpuVae.Tests.Support;

namespace GpuVae.AspNetCore.Tests;

/// <summary>Detectors of each kind, trained for a moment.</summary>
internal static class Detectors
{
    /// <summary>Rows and columns of <see cref="Pictures"/>.</summary>
    public const int Height = 6, Width = 5;

    private static readonly Lazy<AnomalyDetector> _other = new(
        () => AnomalyDetector.Train(Sensors.Rows(300, seed: 5), Sensors.Names, Sensors.Options(epochs: 5)));

    private static readonly Lazy<AnomalyDetector> _words = new(TrainWords);
    private static readonly Lazy<AnomalyDetector> _pictures = new(TrainPictures);

    private static readonly Lazy<AnomalyDetector> _nameless = new(
        () => AnomalyDetector.Train(Sensors.Rows(100, seed: 2), null, Sensors.Options(epochs: 1)));

    /// <summary>Six sensors with names.</summary>
    public static AnomalyDetector Numbers => Sensors.Shared;

    /// <summary>The same columns, and other scores.</summary>
    public static AnomalyDetector Other => _other.Value;

    /// <summary>A number <c>heat</c> and a word <c>mode</c>: eco has little of it, boost much.</summary>
    public static AnomalyDetector Words => _words.Value;

    /// <summary>Grey pictures of bytes.</summary>
    public static AnomalyDetector Pictures => _pictures.Value;

    /// <summary>Six columns that nobody named.</summary>
    public static AnomalyDetector Nameless => _nameless.Value;

    /// <summary>A bright bar on dark ground.</summary>
    public static byte[] Picture(int index)
    {
        var pixels = new byte[Height * Width];
        for (int row = 0; row < Height; row++)
            pixels[(row * Width) + (index % Width)] = (byte)(200 + (index % 7));
        return pixels;
    }

    private static AnomalyDetector TrainWords()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("words.csv");
        var random = new Random(3);
        var text = new StringBuilder("heat,mode\n");
        for (int i = 0; i < 200; i++)
        {
            bool isEco = i % 2 == 0;
            string mode = isEco ? "eco" : "\"boost, \"\"high\"\"\"";
            text.Append(string.Create(CultureInfo.InvariantCulture, $"{(isEco ? 1 : 3) + random.NextDouble():F3},{mode}\n"));
        }
        File.WriteAllText(path, text.ToString());
        AnomalyOptions options = Sensors.Options(epochs: 5);
        return AnomalyDetector.Train(path, options with { Configuration = options.Configuration with { Categorical = ["mode"] } });
    }

    private static AnomalyDetector TrainPictures()
    {
        const int Count = 60;
        var pixels = new byte[Count * Height * Width];
        for (int i = 0; i < Count; i++)
            Picture(i).CopyTo(pixels, i * Height * Width);
        return AnomalyDetector.Train(new ImageSet(pixels, null, Height, Width), Sensors.Options(epochs: 3));
    }
}
