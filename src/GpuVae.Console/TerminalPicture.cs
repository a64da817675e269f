using System.Globalization;
using System.Text;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>
/// Pictures in a terminal: by the graphics protocol of kitty, by sixels, or where it has neither in half blocks, two pixels a cell.
/// </summary>
internal static class TerminalPicture
{
    /// <summary>Chooses what the terminal's name does not tell.</summary>
    public const string Variable = "GPUVAE_SHOW";

    /// <summary>What it may say.</summary>
    public const string Kinds = "kitty, sixel, blocks";

    private const int CellWidth = 8; // pixels, about
    private const int KittyChunk = 4096;
    private const int SixelShades = 6;
    private const int SixelWidth = 800;

    /// <summary>Draws a file for who reads stdout; says so where that is nobody who could see it.</summary>
    /// <param name="path">A picture.</param>
    /// <exception cref="UserException">The file cannot be read, or <see cref="Variable"/> says something else.</exception>
    public static void Show(string path)
    {
        string? asked = Environment.GetEnvironmentVariable(Variable);
        if (!Terminal.IsInteractive && string.IsNullOrEmpty(asked))
        {
            Notice.Write($"--show: stdout is no terminal that draws; {Variable} ({Kinds}) says how it does all the same");
            return;
        }

        Console.Out.Write(Draw(path, KindOf(asked, Environment.GetEnvironmentVariable), Terminal.ReadWidth, HasAllColours(Environment.GetEnvironmentVariable)));
        Console.Out.Flush();
    }

    /// <summary>How a terminal draws.</summary>
    /// <param name="asked">What <see cref="Variable"/> says, or null.</param>
    /// <param name="variable">The environment.</param>
    /// <exception cref="UserException">It says something else than <see cref="Kinds"/>.</exception>
    internal static string KindOf(string? asked, Func<string, string?> variable)
    {
        if (!string.IsNullOrEmpty(asked))
        {
            return Kinds.Split(", ").Contains(asked) ? asked : throw new UserException($"{Variable}: unknown; choose from {Kinds}");
        }

        string name = variable("TERM") ?? "";
        // What runs inside of another terminal passes neither protocol on.
        if (name.StartsWith("tmux", StringComparison.Ordinal) || name.StartsWith("screen", StringComparison.Ordinal))
        {
            return "blocks";
        }

        return name is "xterm-kitty" or "xterm-ghostty" || variable("KITTY_WINDOW_ID") is not null || variable("TERM_PROGRAM") is "WezTerm" or "ghostty" ? "kitty"
            : name is "mlterm" or "yaft-256color" || name.StartsWith("foot", StringComparison.Ordinal) ? "sixel"
            : "blocks";
    }

    /// <summary>Whether it has 24 bits for a colour.</summary>
    internal static bool HasAllColours(Func<string, string?> variable) => variable("COLORTERM") is "truecolor" or "24bit";

    /// <summary>What draws a file, with the end of its last line.</summary>
    /// <param name="path">A picture.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="columns">Of the terminal.</param>
    /// <param name="hasAllColours">Whether it has 24 bits for a colour, of half blocks.</param>
    /// <exception cref="UserException">The file cannot be read.</exception>
    internal static string Draw(string path, string kind, int columns, bool hasAllColours)
    {
        using IImageFile file = ImageBackend.Current.Open(path);
        return kind switch
        {
            "kitty" => Kitty(path, Math.Min(columns, (file.Width + CellWidth - 1) / CellWidth)),
            "sixel" => Sixel(Scaled(file, Math.Min(SixelWidth, columns * CellWidth))),
            _ => Blocks(Scaled(file, columns), hasAllColours),
        };
    }

    private static RasterImage Scaled(IImageFile file, int width)
    {
        double scale = Math.Min(1, (double)width / file.Width);
        return file.Decode(
            coloured: true, (Math.Max(1, (int)Math.Round(file.Height * scale)), Math.Max(1, (int)Math.Round(file.Width * scale))),
            PictureBackground.White);
    }

    /// <summary>The file itself, in pieces (https://sw.kovidgoyal.net/kitty/graphics-protocol/).</summary>
    private static string Kitty(string path, int columns)
    {
        string content = Convert.ToBase64String(File.ReadAllBytes(path));
        var text = new StringBuilder();
        for (int start = 0; start < content.Length; start += KittyChunk)
        {
            string piece = content[start..Math.Min(content.Length, start + KittyChunk)];
            string head = start == 0 ? string.Create(CultureInfo.InvariantCulture, $"a=T,f=100,c={columns},") : "";
            text.Append(CultureInfo.InvariantCulture, $"\e_G{head}m={(start + KittyChunk < content.Length ? 1 : 0)};{piece}\e\\");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The upper half of a cell in one colour, the lower one on another as its ground.</summary>
    private static string Blocks(RasterImage image, bool hasAllColours)
    {
        var text = new StringBuilder();
        for (int y = 0; y < image.Height; y += 2)
        {
            for (int x = 0; x < image.Width; x++)
            {
                text.Append(CultureInfo.InvariantCulture, $"\e[38;{Colour(x, y)}");
                text.Append(CultureInfo.InvariantCulture, $";{(y + 1 < image.Height ? $"48;{Colour(x, y + 1)}" : "49")}m▀");
            }

            text.Append("\e[0m\n");
        }

        return text.ToString();

        string Colour(int x, int y)
        {
            (int red, int green, int blue) = At(image, x, y);
            // Of 256 colours there are 24 greys from 232 on and a cube of six shades from 16 on.
            bool isGrey = red == green && green == blue && red is > 4 and < 247;
            return hasAllColours
                ? ReportText.Text($"2;{red};{green};{blue}")
                : ReportText.Text($"5;{(isGrey ? 232 + Math.Min(23, (red - 3) / 10) : 16 + (36 * Shade(red)) + (6 * Shade(green)) + Shade(blue))}");
        }
    }

    /// <summary>Bands of six rows, in each the places of one colour after the other (DEC STD 070, 9.4).</summary>
    private static string Sixel(RasterImage image)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\ePq\"1;1;{image.Width};{image.Height}");
        for (int colour = 0; colour < SixelShades * SixelShades * SixelShades; colour++)
        {
            text.Append(CultureInfo.InvariantCulture, $"#{colour};2;{colour / 36 * 20};{colour / 6 % 6 * 20};{colour % 6 * 20}");
        }

        var colours = new int[image.Width * image.Height];
        for (int pixel = 0; pixel < colours.Length; pixel++)
        {
            (int red, int green, int blue) = At(image, pixel % image.Width, pixel / image.Width);
            colours[pixel] = (36 * Shade(red)) + (6 * Shade(green)) + Shade(blue);
        }

        for (int top = 0; top < image.Height; top += 6)
        {
            int rows = Math.Min(6, image.Height - top);
            foreach (int colour in colours.AsSpan(top * image.Width, rows * image.Width).ToArray().Distinct().Order())
            {
                text.Append(CultureInfo.InvariantCulture, $"#{colour}");
                for (int x = 0; x < image.Width;)
                {
                    int start = x, bits = Bits(x);
                    while (++x < image.Width && Bits(x) == bits)
                    {
                    }

                    text.Append(CultureInfo.InvariantCulture, $"!{x - start}{(char)('?' + bits)}");
                }

                text.Append('$');

                int Bits(int x) => Enumerable.Range(0, rows).Sum(row => colours[((top + row) * image.Width) + x] == colour ? 1 << row : 0);
            }

            text.Append('-');
        }

        return text.Append("\e\\\n").ToString();
    }

    private static int Shade(int value) => (int)Math.Round(value * (SixelShades - 1) / 255.0);

    private static (int Red, int Green, int Blue) At(RasterImage image, int x, int y)
    {
        int place = ((y * image.Width) + x) * 3;
        return (image.Pixels[place], image.Pixels[place + 1], image.Pixels[place + 2]);
    }
}
