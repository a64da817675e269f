using GpuVae.Reproductions;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Reproductions;

public sealed class AnomalyBenchmarkTests
{
    private static readonly bool[] _isAnomaly = [.. Enumerable.Range(0, 201).Select(row => row % 10 == 3)];

    [Fact]
    public void Half_of_the_normal_rows_train_and_all_others_are_judged()
    {
        (int[] train, int[] judged) = AnomalyBenchmark.Divide(_isAnomaly, AnomalyBenchmarkSetting.Semi, seed: 4);
        Assert.Equal(90, train.Distinct().Count());
        Assert.DoesNotContain(train, row => _isAnomaly[row]);
        Assert.Equal(Enumerable.Range(0, 201), train.Concat(judged).Order());
        Assert.Equal(train, AnomalyBenchmark.Divide(_isAnomaly, AnomalyBenchmarkSetting.Semi, seed: 4).Train);
        Assert.NotEqual(train, AnomalyBenchmark.Divide(_isAnomaly, AnomalyBenchmarkSetting.Semi, seed: 5).Train);
    }

    [Fact]
    public void Rows_drawn_with_replacement_train_and_every_row_is_judged()
    {
        (int[] train, int[] judged) = AnomalyBenchmark.Divide(_isAnomaly, AnomalyBenchmarkSetting.Unsupervised, seed: 4);
        Assert.Equal((201, 201), (train.Length, judged.Length));
        Assert.InRange(train.Distinct().Count(), 201 * 0.5, 201 * 0.75);
        Assert.Contains(train, row => _isAnomaly[row]);
        Assert.Equal(Enumerable.Range(0, 201), judged);
    }

    [Theory]
    [InlineData(AnomalyBenchmarkSetting.Semi, 97)]
    [InlineData(AnomalyBenchmarkSetting.Unsupervised, 85)]
    public void Anomalies_that_only_the_relation_of_columns_shows_are_found(AnomalyBenchmarkSetting setting, double least)
    {
        using var folder = new TemporaryFolder();
        WriteTable(folder.File("rings.npz"));
        AnomalyBenchmarkRow row = AnomalyBenchmark.Measure(
            AnomalyBenchmark.Tables(folder.FullPath).Single(), setting, [1], TestContext.Current.CancellationToken);
        Assert.Equal(("rings", 400, 3, 20), (row.Name, row.Rows, row.Columns, row.Anomalies));
        Assert.InRange(row.RocAuc.Single(), least, 100);
        // The mean of a ring is no normal point, which distances from it cannot say.
        Assert.InRange(row.PrincipalComponents.Single(), 0, 60);
    }

    [Fact]
    public void A_folder_without_tables_and_a_table_without_labels_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("holds no .npz file", Assert.Throws<UserException>(() => AnomalyBenchmark.Tables(folder.FullPath)).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("bare.npz"), NumpyFiles.Archive(("X.npy", NumpyFiles.Build("<f8", "10, 2", new byte[160]))));
        Assert.Contains("no table X with labels y", Assert.Throws<UserException>(
            () => AnomalyBenchmark.Measure(folder.File("bare.npz"), AnomalyBenchmarkSetting.Semi, [1], TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    /// <summary>A ring of normal rows in a plane, and anomalies within it.</summary>
    private static void WriteTable(string path)
    {
        var random = new Random(3);
        var x = new double[1200];
        var y = new byte[400];
        for (int row = 0; row < 400; row++)
        {
            y[row] = (byte)(row % 20 == 7 ? 1 : 0);
            double angle = 2 * Math.PI * random.NextDouble(), radius = y[row] == 1 ? 0.4 * random.NextDouble() : 1 + (0.1 * random.NextDouble());
            (x[3 * row], x[(3 * row) + 1]) = (radius * Math.Cos(angle), radius * Math.Sin(angle));
            x[(3 * row) + 2] = x[3 * row] + x[(3 * row) + 1] + (0.02 * random.NextDouble());
        }
        File.WriteAllBytes(path, NumpyFiles.Archive(
            ("X.npy", NumpyFiles.Build("<f8", "400, 3", [.. x.SelectMany(BitConverter.GetBytes)])),
            ("y.npy", NumpyFiles.Build("|u1", "400,", y))));
    }
}
