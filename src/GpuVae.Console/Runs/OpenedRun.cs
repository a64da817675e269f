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
    /// <param name="backend">Where the model runs.</param>
    /// <param name="trained">The run.</param>
    /// <param name="data">What <c>--data</c> gave, or null.</param>
    /// <param name="isTraining">Whether the images are those that training saw.</param>
    /// <param name="seed">Decides every random number.</param>
    public OpenedRun(IDevice backend, TrainedModel trained, string? data, bool isTraining, ulong seed)
    {
        Backend = backend;
        Trained = trained;
        Seed = seed;
        _data = data;
        _isTraining = isTraining;
    }

    /// <summary>Where the model runs.</summary>
    public IDevice Backend { get; }

    /// <summary>The model and what it was trained as.</summary>
    public TrainedModel Trained { get; }

    /// <summary>Decides every random number.</summary>
    public ulong Seed { get; }

    /// <summary>What the images are called: <c>mnist</c>, or the folder's name.</summary>
    public string DataName => Data.Name;

    /// <summary>Which of them <see cref="Images"/> are: test or training.</summary>
    public string SetName => _isTraining ? "training" : "test";

    /// <summary>Both sets of images, which have the size that the model takes; read when first asked for.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public Dataset Data => _dataset ??= Read(_data ?? Trained.Configuration.Data, isOwn: _data is null);

    /// <summary>The images of the set asked for, which have the size that the model takes; read when first asked for.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public ImageSet Images => _isTraining ? Data.Train : Data.Test;

    /// <summary>The examples that the run was trained on, whatever <c>--data</c> says.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public ImageSet TrainingImages => _data is null ? Data.Train : Read(Trained.Configuration.Data, isOwn: true).Train;

    /// <summary>What makes codes of images and pictures of codes.</summary>
    public Codec CreateCodec() => new(Backend, Trained.Model, Trained.Encoding, Seed);

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
        Backend.Dispose();
    }

    private Dataset Read(string name, bool isOwn)
    {
        DataSettings settings = Trained.Configuration.ToDataSettings();
        using var download = new DownloadReport();
        Dataset data = Datasets.Open(isOwn ? settings : settings with { Data = name, Whole = true }, download);
        Trained.RequireShape(data.Test, name);

        // Of its own training images the run saw some classes and so many of them, and no more.
        return isOwn ? data with { Train = TrainingSets.Select(Trained.Configuration, data).Train } : data;
    }
}
