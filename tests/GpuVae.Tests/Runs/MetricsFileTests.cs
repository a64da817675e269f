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
    public void Line_without_end_is_refused_before_it_is_parsed()
    {
        File.WriteAllText(FullPath, new string('[', 1 << 20) + "\n");
        UserException exception = Assert.Throws<UserException>(() => MetricsFile.Read(FullPath));
        Assert.StartsWith($"{FullPath}: line 1: 1048576 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("epoch")]
    [InlineData("seconds")]
    [InlineData("test_loss")]
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
