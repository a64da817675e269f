using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>A trained run, ready to be used: its device, its model, and its data once they are asked for.</summary>
internal sealed class OpenedRun : IDisposable
{
    private readonly string? _data;
    private readonly bool _isTraining;
    private Dataset? _dataset;

    /// <summary>Takes the device and the model over.</summary>
    /// <param name="device">Where the model runs.</param>
    /// <param name="trained">The run.</param>
    /// <param name="data">What <c>--data</c> gave, or null.</param>
    /// <param name="isTraining">Whether the images are those that training saw.</param>
    /// <param name="seed">Decides every random number.</param>
    public OpenedRun(IDevice device, TrainedModel trained, string? data, bool isTraining, ulong seed)
    {
        Device = device;
        Trained = trained;
        Seed = seed;
        _data = data;
        _isTraining = isTraining;
    }

    /// <summary>
    /// Whether the verb scores: an example with missing cells, or with numbers that the likelihood gives no probability, is an
    /// anomaly then, and is refused otherwise. Set before the data are asked for.
    /// </summary>
    public bool IsScoring { get; init; }

    /// <summary>Whether the data are kept as they were read too: see <see cref="ImagesAsRead"/>. Set before they are asked for.</summary>
    public bool KeepsRead { get; set; }

    /// <summary>Is told what was guessed of the data.</summary>
    public Action<string> Tell { get; init; } = Notice.Write;

    /// <summary>Where the model runs.</summary>
    public IDevice Device { get; }

    /// <summary>The model and what it was trained as.</summary>
    public TrainedModel Trained { get; }

    /// <summary>Decides every random number.</summary>
    public ulong Seed { get; }

    /// <summary>What the images are called: <c>mnist</c>, or the folder's name.</summary>
    public string DataName => Data.Name;

    /// <summary>Where they come from: the path or name that <c>--data</c> gave, or the run's own.</summary>
    public string DataSource => _data ?? Trained.Configuration.DataPath ?? Trained.Configuration.Data;

    /// <summary>
    /// The classes that are normal to the run: those that it was trained on where they are not all of them, by
    /// <c>--train-labels</c> or because its training part has no others. None where nobody knows.
    /// </summary>
    public IReadOnlyList<string> NormalClasses
    {
        get
        {
            if (Trained.Configuration.TrainLabels.Length > 0 || _data is not null || Data.Train.Labels is null || Data.Test.Labels is null)
            {
                return Trained.Configuration.TrainLabels;
            }

            string[] trained = Classes(Data.Train), tested = Classes(Data.Test);
            return tested.Except(trained).Any() ? trained : [];
        }
    }

    /// <summary>Where the defects of the test pictures are; null where they are none, or nobody knows.</summary>
    public GroundTruth? FindTruth() =>
        Trained.Height > 1 && Data.Test.ExampleNames is not null ? GroundTruth.Find(DataSource, NormalClasses) : null;

    /// <summary>The normal classes; where the run knows none, those whose names say it beside masks of the others.</summary>
    /// <param name="truth">What <see cref="FindTruth"/> found.</param>
    public IReadOnlyList<string> NormalClassesBeside(GroundTruth? truth) => NormalClasses.Count > 0 || truth is null
        ? NormalClasses
        : [.. GroundTruth.NormalNames.Intersect(Data.Test.LabelNames ?? [])];

    /// <summary>Which of them <see cref="Images"/> are: test or training.</summary>
    public string SetName => _isTraining ? "training" : "test";

    /// <summary>Both sets of images, which have the size that the model takes; read when first asked for.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public Dataset Data => _dataset ??= Read(_data ?? Trained.Configuration.Data, isOwn: _data is null);

    /// <summary>The images of the set asked for, which have the size that the model takes; read when first asked for.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public ImageSet Images => _isTraining ? Data.Train : Data.Test;

    /// <summary><see cref="Images"/> before the run's pipeline, where <see cref="KeepsRead"/> asks for them.</summary>
    /// <exception cref="UserException">They are a part of the run's own, which nothing but the pipeline has.</exception>
    public ImageSet ImagesAsRead
    {
        get
        {
            (ImageSet train, ImageSet test) = Data.AsRead!.Value;
            ImageSet read = _isTraining ? train : test;
            return read.Count == Images.Count
                ? read
                : throw new UserException($"{DataName}: the run was trained on a part of these rows; give the table with --data");
        }
    }

    /// <summary>The examples that the run was trained on, whatever <c>--data</c> says.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public ImageSet TrainingImages => _data is null ? Data.Train : Read(Trained.Configuration.Data, isOwn: true).Train;

    /// <summary>What makes codes of images and pictures of codes.</summary>
    public Codec CreateCodec() => new(Device, Trained.Model, Trained.Encoding, Seed);

    /// <summary>Refuses a model whose codes were not drawn towards the prior.</summary>
    /// <param name="verb">What cannot be done with it.</param>
    /// <exception cref="UserException">It is such a model.</exception>
    public void RequirePrior(string verb)
    {
        if (!Trained.HasPrior)
        {
            throw new UserException(
                $"{verb}: the objective of {Trained.Folder.FullPath} is {Trained.Configuration.Objective}, which leaves " +
                "the codes anywhere: a draw from the prior means nothing to it; give a run of --preset vae");
        }
    }

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        Trained.Dispose();
        Device.Dispose();
    }

    private static string[] Classes(ImageSet images) =>
        [.. images.Labels!.Distinct().Where(label => label != ImageSet.NoLabel).Select(label => images.LabelNames![label])];

    private Dataset Read(string name, bool isOwn)
    {
        RunConfiguration configuration = Trained.Configuration;
        DataSettings settings = configuration.ToDataSettings() with { Tell = Tell, KeepsRead = KeepsRead };
        using var download = new DownloadReport();
        using var decoding = new DecodingReport();
        settings = settings with { Decoding = decoding };
        if (!isOwn)
        {
            Dataset other = Datasets.Open(
                settings with
                {
                    Data = name,
                    // The run's cache is of its own pictures.
                    Cache = Path.GetFullPath(name) == configuration.DataPath ? settings.Cache : null,
                    Coloured = Trained.Channels == 3,
                    Whole = true,
                    Dimensions = Trained.Pipeline.TableColumns(Trained.Model.Dimensions),
                    KeepsImpossible = IsScoring,
                },
                download);
            Trained.RequireShape(other.Test, name);
            if (!IsScoring || configuration.IsOfBytes())
            {
                configuration.RequireFit(name, ValueCheck.Of(other.Test));
            }

            return other;
        }

        RequireOwnData();
        string path = configuration.DataPath is string full && (File.Exists(full) || Directory.Exists(full)) ? full : name;
        Dataset data = Datasets.Open(settings with { Data = path, Tell = null }, download);
        Trained.RequireShape(data.Test, path);
        Dataset selected = TrainingSets.Select(configuration, data);
        RequireFingerprint(selected, path);

        // Of its own training images the run saw some classes and so many of them, and no more.
        return data with { Train = selected.Train };
    }

    /// <summary>
    /// Refuses a run that was imported without data, whose configuration names MNIST only as everybody's default; that is taken
    /// where it fits.
    /// </summary>
    private void RequireOwnData()
    {
        bool isDigit = (Trained.Height, Trained.Width, Trained.Channels) == (28, 28, 1);
        if (Trained.Configuration is not { DataPath: null, DataFingerprint: null } || isDigit || !Trained.Folder.HoldsImport())
        {
            return;
        }

        throw new UserException($"{Trained.Folder.FullPath}: was imported without data" + (_data is null
            ? $"; --data gives some, of {Trained.Height}×{Trained.Width}×{Trained.Channels} numbers an example"
            : ", so that it has no training data of its own"));
    }

    /// <summary>A path may hold other data today, or from another folder, than when the run was trained.</summary>
    private void RequireFingerprint(Dataset data, string path)
    {
        if (Trained.Configuration.DataFingerprint is not string before || DataFingerprint.Compute(data) is var now && before == now)
        {
            return;
        }

        string difference =
            $"{path}: not the data that {Trained.Folder.FullPath} was trained on (fingerprint {now}, and {before} in its " +
            "config.json)";
        if (Trained.Configuration.GpuvaeVersion != RunConfiguration.Version)
        {
            Notice.Write($"{difference}, or read otherwise by GpuVae {Trained.Configuration.GpuvaeVersion}");
            return;
        }

        throw new UserException($"{difference}; give the data of before, or others with --data");
    }
}
