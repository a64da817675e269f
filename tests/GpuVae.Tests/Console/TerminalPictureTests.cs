using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.CommandLine;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Pictures in a terminal, read back from what draws them.</summary>
public sealed partial class TerminalPictureTests : IDisposable
{
    private const int Width = 9, Height = 7;

    private readonly TemporaryFolder _folder = new();
    private readonly RasterImage _image = new(Width, Height, 3);

    public TerminalPictureTests()
    {
        // Shades that the cube of 256 colours has, so that nothing is rounded.
        int[] shades = [0, 51, 102, 153, 204, 255];
        var random = new Random(1);
        for (int i = 0; i < _image.Pixels.Length; i++)
            _image.Pixels[i] = (byte)shades[random.Next(shades.Length)];
        Png.Write(Picture, _image);
    }

    private string Picture => _folder.File("picture.png");

    [Fact]
    public void Kitty_gets_the_file_in_pieces()
    {
        var large = new RasterImage(200, 150, 3);
        new Random(2).NextBytes(large.Pixels);
        Png.Write(Picture, large);
        string drawn = TerminalPicture.Draw(Picture, "kitty", columns: 79, hasAllColours: true);
        MatchCollection pieces = Piece().Matches(drawn);
        Assert.Equal(drawn.TrimEnd('\n').Length, pieces.Sum(piece => piece.Length));
        Assert.True(pieces.Count > 2);
        Assert.Equal("a=T,f=100,c=25,m=1", pieces[0].Groups["keys"].Value);
        Assert.All(pieces.Skip(1).SkipLast(1), piece => Assert.Equal("m=1", piece.Groups["keys"].Value));
        Assert.Equal("m=0", pieces[^1].Groups["keys"].Value);
        Assert.All(pieces, piece => Assert.InRange(piece.Groups["content"].Length, 1, 4096));
        Assert.Equal(File.ReadAllBytes(Picture), Convert.FromBase64String(string.Concat(pieces.Select(piece => piece.Groups["content"].Value))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Half_blocks_have_the_colours_of_two_pixels(bool hasAllColours)
    {
        string[] lines = TerminalPicture.Draw(Picture, "blocks", columns: 80, hasAllColours).Split('\n')[..^1];
        Assert.Equal((Height + 1) / 2, lines.Length);
        for (int row = 0; row < lines.Length; row++)
        {
            MatchCollection cells = Cell().Matches(lines[row]);
            Assert.Equal(Width, cells.Count);
            Assert.EndsWith("▀\e[0m", lines[row], StringComparison.Ordinal);
            for (int x = 0; x < Width; x++)
            {
                Assert.Equal(Expected(x, 2 * row), Colour(cells[x].Groups["upper"].Value));
                Assert.Equal((2 * row) + 1 < Height, cells[x].Groups["lower"].Success);
                if ((2 * row) + 1 < Height)
                    Assert.Equal(Expected(x, (2 * row) + 1), Colour(cells[x].Groups["lower"].Value));
            }
        }
    }

    [Fact]
    public void Half_blocks_fit_the_terminal()
    {
        Png.Write(Picture, new RasterImage(300, 100));
        string[] lines = TerminalPicture.Draw(Picture, "blocks", columns: 39, hasAllColours: true).Split('\n')[..^1];
        Assert.Equal(7, lines.Length);
        Assert.All(lines, line => Assert.Equal(39, line.Count(letter => letter == '▀')));
    }

    /// <summary>A reader of sixels: colours, repetitions, and the two ends of a row.</summary>
    [Fact]
    public void Sixels_give_the_pixels_back()
    {
        string drawn = TerminalPicture.Draw(Picture, "sixel", columns: 80, hasAllColours: false);
        Match whole = Sixels().Match(drawn);
        Assert.True(whole.Success);
        var colours = new Dictionary<int, (int, int, int)>();
        var pixels = new (int, int, int)?[Width, Height];
        int colour = -1, x = 0, top = 0;
        foreach (Match part in Part().Matches(whole.Groups["parts"].Value))
        {
            if (part.Groups["defined"].Success)
            {
                int[] numbers = [.. part.Groups["defined"].Value.Split(';').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
                Assert.Equal(2, numbers[1]);
                colours.Add(numbers[0], (numbers[2] * 255 / 100, numbers[3] * 255 / 100, numbers[4] * 255 / 100));
            }
            else if (part.Groups["chosen"].Success)
            {
                colour = int.Parse(part.Groups["chosen"].Value, CultureInfo.InvariantCulture);
            }
            else if (part.Groups["times"].Success)
            {
                int end = x + int.Parse(part.Groups["times"].Value, CultureInfo.InvariantCulture);
                for (; x < end; x++)
                {
                    for (int bit = 0; bit < 6; bit++)
                    {
                        if (((part.Groups["bits"].Value[0] - '?') & (1 << bit)) != 0)
                        {
                            Assert.Null(pixels[x, top + bit]);
                            pixels[x, top + bit] = colours[colour];
                        }
                    }
                }
            }
            else
            {
                Assert.Equal(Width, part.Value == "$" ? x : Width);
                top += part.Value == "-" ? 6 : 0;
                x = 0;
            }
        }
        Assert.Equal(216, colours.Count);
        for (int y = 0; y < Height; y++)
        {
            for (int column = 0; column < Width; column++)
                Assert.Equal(Expected(column, y), pixels[column, y]);
        }
    }

    [Theory]
    [InlineData("xterm-kitty", null, null, "kitty")]
    [InlineData("xterm-256color", "WezTerm", null, "kitty")]
    [InlineData("tmux-256color", "WezTerm", null, "blocks")]
    [InlineData("foot", null, null, "sixel")]
    [InlineData("xterm-256color", null, null, "blocks")]
    [InlineData("xterm-kitty", null, "sixel", "sixel")]
    public void The_terminal_s_name_or_the_variable_chooses(string name, string? program, string? asked, string expected) =>
        Assert.Equal(expected, TerminalPicture.KindOf(asked, variable => variable switch { "TERM" => name, "TERM_PROGRAM" => program, _ => null }));

    [Fact]
    public void Another_kind_is_refused() => Assert.Equal(
        "GPUVAE_SHOW: unknown; choose from kitty, sixel, blocks",
        Assert.Throws<UserException>(() => TerminalPicture.KindOf("ascii", _ => null)).Message);

    public void Dispose() => _folder.Dispose();

    private (int, int, int) Expected(int x, int y)
    {
        int place = ((y * Width) + x) * 3;
        return (_image.Pixels[place], _image.Pixels[place + 1], _image.Pixels[place + 2]);
    }

    private static (int, int, int) Colour(string code)
    {
        int[] numbers = [.. code.Split(';').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        if (numbers[0] == 2)
            return (numbers[1], numbers[2], numbers[3]);
        int cube = numbers[1] - 16;
        if (cube < 216)
            return (cube / 36 * 51, cube / 6 % 6 * 51, cube % 6 * 51);
        // A grey of the ramp, 10 apart, stands for the shade next to it.
        int grey = (int)Math.Round((8 + (10 * (numbers[1] - 232))) / 51.0) * 51;
        return (grey, grey, grey);
    }

    [GeneratedRegex(@"\e_G(?<keys>[^;]*);(?<content>[A-Za-z0-9+/=]*)\e\\")]
    private static partial Regex Piece();

    [GeneratedRegex(@"\e\[38;(?<upper>2;\d+;\d+;\d+|5;\d+);(48;(?<lower>2;\d+;\d+;\d+|5;\d+)|49)m▀")]
    private static partial Regex Cell();

    [GeneratedRegex("^\\ePq\"1;1;9;7(?<parts>.*)\\e\\\\\n$")]
    private static partial Regex Sixels();

    [GeneratedRegex(@"#(?<defined>\d+;\d+;\d+;\d+;\d+)|#(?<chosen>\d+)|!(?<times>\d+)(?<bits>[?-~])|\$|-")]
    private static partial Regex Part();
}
