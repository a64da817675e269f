using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class MetricsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FullPath => _folder.File("metrics.jsonl");

    [Fact]
    public void What_is_appended_is_read_back_equal()
    {
        EpochMetrics[] epochs = [Epoch(1), Epoch(2) with { TrainLoss = double.NaN }, Epoch(5)];
        foreach (EpochMetrics epoch in epochs)
            MetricsFile.Append(FullPath, epoch);
        Assert.Equal(epochs, MetricsFile.Read(FullPath));
    }

    [Fact]
    public void Line_has_what_was_measured_and_lines_of_before_are_read_as_they_are()
    {
        EpochMetrics full = Epoch(2) with { LearningRate = 1e-3, EffectiveBeta = 0.5, ActiveUnits = 7, UnitKl = [0.5f, float.NaN], GradientNorm = 1.25 };
        File.WriteAllText(
            FullPath,
            """{"epoch":1,"train_loss":1,"test_loss":2,"reconstruction":3,"kl":4,"seconds":5,"images_per_second":6}""" + "\n");
        MetricsFile.Append(FullPath, full);
        string line = File.ReadAllLines(FullPath)[1];
        Assert.EndsWith(
            "\"learning_rate\":0.001,\"effective_beta\":0.5,\"active_units\":7,\"gradient_norm\":1.25,\"unit_kl\":[0.5,null],\"schema_version\":3}", line,
            StringComparison.Ordinal);
        IReadOnlyList<EpochMetrics> read = MetricsFile.Read(FullPath);
        Assert.Equal(new EpochMetrics(1, 1, 2, 3, 4, 5, 6), read[0]);
        Assert.Equal((null, null, null, null), (read[0].LearningRate, read[0].EffectiveBeta, read[0].ActiveUnits, read[0].GradientNorm));
        Assert.Null(read[0].UnitKl);
        Assert.Equal(full, read[1]);
    }

    [Fact]
    public void Figures_have_the_names_of_the_file()
    {
        EpochMetrics full = Epoch(2) with { Sigma = 3, ActiveUnits = 7, OtherTerms = [new("bound", 4)] };
        MetricsFile.Append(FullPath, full);
        using var line = System.Text.Json.JsonDocument.Parse(File.ReadAllText(FullPath));
        Assert.Equal(
            line.RootElement.EnumerateObject().Select(figure => (figure.Name, figure.Value.GetDouble())).SkipLast(1),
            full.Figures.Select(figure => (figure.Key, figure.Value)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    public void Repair_keeps_whole_lines_up_to_an_epoch(int lastEpoch, int kept)
    {
        MetricsFile.Append(FullPath, Epoch(1));
        MetricsFile.Append(FullPath, Epoch(2));
        string[] lines = File.ReadAllLines(FullPath);
        File.AppendAllText(FullPath, lines[0][..10]);
        Assert.Equal(kept, MetricsFile.Repair(FullPath, lastEpoch, _ => true).Count);
        Assert.Equal(lines[..kept], File.ReadAllLines(FullPath));
        Assert.Equal(kept, MetricsFile.Read(FullPath).Count);
    }

    [Fact]
    public void Repair_takes_away_the_lines_of_epochs_that_are_not_measured()
    {
        foreach (int epoch in (int[])[2, 3, 4, 5])
            MetricsFile.Append(FullPath, Epoch(epoch));
        string[] lines = File.ReadAllLines(FullPath);
        Assert.Equal([2, 4], MetricsFile.Repair(FullPath, 5, epoch => epoch % 2 == 0).Select(kept => kept.Epoch));
        Assert.Equal([lines[0], lines[2]], File.ReadAllLines(FullPath));
    }

    [Fact]
    public void Lines_are_read_across_any_part_of_the_file_and_copied_as_they_stand()
    {
        // More than is read at once, in lines of many lengths.
        string[] lines = [.. Enumerable.Range(1, 3000).Select(epoch =>
            $$"""{"epoch":{{epoch}},"train_loss":1,"test_loss":2,"reconstruction":3,"kl":4,{{new string(' ', epoch % 97)}}"seconds":5,"images_per_second":6}""")];
        File.WriteAllText(FullPath, string.Join('\n', lines) + "\n{");
        Assert.Equal(
            Enumerable.Range(1, 1000).Select(third => 3 * third),
            MetricsFile.Repair(FullPath, 3000, epoch => epoch % 3 == 0).Select(epoch => epoch.Epoch));
        Assert.Equal(lines.Where((_, i) => (i + 1) % 3 == 0), File.ReadAllLines(FullPath));
    }

    [Fact]
    public void File_that_has_another_name_elsewhere_is_not_written_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets few people make links");
        string target = _folder.File("other.jsonl");
        MetricsFile.Append(target, Epoch(1));
        byte[] before = File.ReadAllBytes(target);
        Links.MakeHard(FullPath, target);
        Assert.Contains("2 names", Assert.Throws<UserException>(() => MetricsFile.Append(FullPath, Epoch(2))).Message, StringComparison.Ordinal);
        File.Delete(FullPath);
        File.CreateSymbolicLink(FullPath, target);
        Assert.Contains("is a link", Assert.Throws<UserException>(() => MetricsFile.Append(FullPath, Epoch(2))).Message, StringComparison.Ordinal);
        Assert.Contains("is a link", Assert.Throws<UserException>(() => MetricsFile.Repair(FullPath, 0, _ => true)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(target));
    }

    [Theory]
    [InlineData(4, null)]
    [InlineData(6, "epoch 6")]
    [InlineData(10, "3 epochs from 6 on")]
    public void Measured_epochs_without_a_line_are_told(int lastEpoch, string? expected)
    {
        EpochMetrics[] epochs = [Epoch(2), Epoch(4)];
        string? gaps = MetricsFile.Gaps("m", epochs, lastEpoch, epoch => epoch % 2 == 0);
        Assert.Equal(expected is null ? null : $"m has no line for {expected}, and none comes back", gaps);
    }

    [Fact]
    public void File_that_is_missing_has_no_epochs_to_repair() => Assert.Empty(MetricsFile.Repair(FullPath, 3, _ => true));

    [Theory]
    [InlineData("\n")]
    [InlineData("{}\n")]
    [InlineData("[1]\n")]
    [InlineData("{\"epoch\": 0}\n")]
    [InlineData("{\"epoch\": 1e9}\n")]
    [InlineData("{\"epoch\": 1}\n")]
    [InlineData("{\"epoch\": 1, \"epoch\": 2}\n")]
    [InlineData("{\"epoch\": 1, \"train_loss\": \"1\"}\n")]
    [InlineData("{\"epoch\": 2, \"train_loss\": 1, \"test_loss\": 1, \"reconstruction\": 1, \"kl\": 1, \"seconds\": 1, \"images_per_second\": 1, \"active_units\": 1.5}\n")]
    [InlineData("{\"\\ud800\": 1}\n")]
    [InlineData("\u0000\n")]
    public void Line_that_is_no_epoch_is_refused_with_its_number(string text)
    {
        MetricsFile.Append(FullPath, Epoch(1));
        File.AppendAllText(FullPath, text);
        UserException exception = Assert.Throws<UserException>(() => MetricsFile.Repair(FullPath, 9, _ => true));
        Assert.StartsWith($"{FullPath}: line 2: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_term_that_is_no_number_is_quoted_and_cut()
    {
        string name = "unit" + new string('[', 5000);
        File.WriteAllText(
            FullPath,
            "{\"epoch\": 1, \"train_loss\": 1, \"test_loss\": 1, \"reconstruction\": 1, \"kl\": 1, \"seconds\": 1, "
            + $"\"images_per_second\": 1, \"{name}\": true}}\n");
        string message = Assert.Throws<UserException>(() => MetricsFile.Read(FullPath)).Message;
        Assert.Contains("line 1: \"unit[[[", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, FullPath.Length + 200);
    }

    [Fact]
    public void Line_without_end_is_refused_before_it_is_parsed()
    {
        File.WriteAllText(FullPath, new string('[', 1 << 20) + "\n");
        UserException exception = Assert.Throws<UserException>(() => MetricsFile.Read(FullPath));
        Assert.StartsWith($"{FullPath}: line 1: over 65536 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_has_room_for_the_divergence_of_each_of_4096_units()
    {
        EpochMetrics wide = Epoch(1) with { UnitKl = [.. Enumerable.Range(0, 4096).Select(unit => -1.1111111e-30f - unit)] };
        MetricsFile.Append(FullPath, wide);
        Assert.Equal(wide, Assert.Single(MetricsFile.Read(FullPath)));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("[1,\"2\"]")]
    [InlineData("[[1]]")]
    public void Divergences_of_units_are_an_array_of_numbers(string units)
    {
        File.WriteAllText(
            FullPath,
            $$"""{"epoch":1,"train_loss":1,"test_loss":2,"reconstruction":3,"kl":4,"seconds":5,"images_per_second":6,"unit_kl":{{units}}}""" + "\n");
        UserException exception = Assert.Throws<UserException>(() => MetricsFile.Read(FullPath));
        Assert.StartsWith($"{FullPath}: line 1: unit_kl ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("epoch")]
    [InlineData("seconds")]
    [InlineData("test_loss")]
    [InlineData("learning_rate")]
    [InlineData("unit_kl")]
    [InlineData("schema_version")]
    public void Term_that_would_stand_twice_in_a_line_is_refused(string name)
    {
        MetricsFile.RequireFree(new LossTerms([LossTerm.Reconstruction, LossTerm.Divergence, new LossTerm("bound")]));
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => MetricsFile.RequireFree(new LossTerms([LossTerm.Reconstruction, new LossTerm(name)])));
        Assert.Contains($" called {name}:", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Epochs_go_up()
    {
        MetricsFile.Append(FullPath, Epoch(2));
        MetricsFile.Append(FullPath, Epoch(2));
        Assert.Throws<UserException>(() => MetricsFile.Read(FullPath));
    }

    public void Dispose() => _folder.Dispose();

    private static EpochMetrics Epoch(int epoch) => new(epoch, 1.0 / 3, epoch, Math.PI, 1e-300, 2, 0.1);
}
