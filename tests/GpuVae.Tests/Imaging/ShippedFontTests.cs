using System.Diagnostics;
using GpuVae.Imaging;
using GpuVae.Tests.CommandLine;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class ShippedFontTests
{
    [Theory]
    [InlineData("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789")]
    [InlineData("-−–—+±×·…,.;:!?'\"()[]{}<>/\\|&%#@*_=~^°²³½√∞≈≠≤≥∑∂")]
    [InlineData("αβγδεθλμνπρσςτφχψω ΔΘΛΠΣΦΨΩ µ äöüßÄÖÜ éèêëñçøåæœ łńśźżčěřšž ığş абвгдежзийклмнопрстуфхцчшщъыьэюя")]
    public void It_has_every_letter_that_plots_write_and_those_of_most_class_names(string text) =>
        Assert.True(ShippedFont.Typeface.ContainsGlyphs(text), text);

    [Fact]
    public async Task A_run_draws_the_same_pictures_where_no_font_is_installed()
    {
        // The drawing library takes fonts from this folder, which the child alone sees empty.
        const string Fonts = "/usr/share/fonts";
        Assert.SkipUnless(Directory.Exists(Fonts), "this machine keeps its fonts elsewhere");
        using var workplace = new Workplace();
        workplace.Put("table.csv", "a,b,c\n1,2,3\n3,1,2\n2,3,1\n5,1,2\n1,4,2\n2,2,5\n3,3,1\n1,1,6\n2,5,2\n4,1,1\n"u8.ToArray());
        string[] Train(string folder) =>
        [
            "train", "--data", "table.csv", "--hidden", "8", "--latent", "2", "--epochs", "1", "--device", "cpu", "--out", folder,
        ];

        Outcome plain = Runner.Run(workplace.Folder, Train("with"));
        Assert.True(plain.ExitCode == 0, plain.Error);
        var start = new ProcessStartInfo("unshare")
        {
            ArgumentList = { "-r", "-m", "sh", "-c", $"mount -t tmpfs none {Fonts} || exit 99; exec \"$@\"", "sh" },
            WorkingDirectory = workplace.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string word in (string[])[.. Runner.Program(), .. Train("without")])
            start.ArgumentList.Add(word);
        Process? child = null;
        try
        {
            child = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("this machine has no unshare");
        }
        using (child)
        {
            CancellationToken stop = TestContext.Current.CancellationToken;
            Task<string> output = child!.StandardOutput.ReadToEndAsync(stop);
            string error = await child.StandardError.ReadToEndAsync(stop);
            await output;
            await child.WaitForExitAsync(stop);
            Assert.SkipWhen(
                child.ExitCode == 99 || error.StartsWith("unshare:", StringComparison.Ordinal),
                "this machine lets nobody hide its fonts");
            Assert.True(child.ExitCode == 0, error);
        }
        string[] pictures = Directory.GetFiles(workplace.In("with/images"));
        Assert.Contains(pictures, path => Path.GetFileName(path) == "loss.png");
        Assert.All(pictures, path => Assert.Equal(
            File.ReadAllBytes(path), File.ReadAllBytes(path.Replace("/with/", "/without/", StringComparison.Ordinal))));
    }
}
