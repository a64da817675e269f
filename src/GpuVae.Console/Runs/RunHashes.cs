using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Models;

namespace GpuVae.CommandLine;

/// <summary>The training images of a run by their binary codes, and what hashes others to compare with them.</summary>
internal sealed class RunHashes : IDisposable
{
    private readonly Codec _codec;

    /// <summary>Hashes the training images.</summary>
    /// <param name="run">The run.</param>
    /// <param name="verb">What needs the codes, for the message.</param>
    /// <exception cref="UserException">The run has no binary code, or its data cannot be read.</exception>
    public RunHashes(OpenedRun run, string verb)
    {
        if (run.Trained.Model.Code is not IBinaryCode)
        {
            throw new UserException(
                $"{verb}: the code of {run.Trained.Folder.FullPath} is {run.Trained.Configuration.Code}, which has no " +
                "bits; train a run with --preset hash, or --code binary");
        }

        Train = run.Data.Train;
        _codec = run.CreateCodec();
        Hashed = HashedImages.Of(_codec, Train);
    }

    /// <summary>The images that are searched.</summary>
    public ImageSet Train { get; }

    /// <summary>Their codes.</summary>
    public HashedImages Hashed { get; }

    /// <summary>The codes of other images.</summary>
    public HashedImages Hash(ImageSet images) => HashedImages.Of(_codec, images);

    /// <summary>Takes the memory back.</summary>
    public void Dispose() => _codec.Dispose();
}
