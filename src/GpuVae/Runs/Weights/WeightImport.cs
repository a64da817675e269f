using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.Runs;

/// <summary>A tensor of a model whose numbers come from another program.</summary>
/// <param name="Name">Its name here.</param>
/// <param name="Shape">Its shape here.</param>
/// <param name="Sources">The names there, in the order in which they are put behind each other; none for a constant.</param>
/// <param name="How">What is done with them.</param>
public sealed record ImportedTensor(string Name, int[] Shape, IReadOnlyList<string> Sources, string How);

/// <summary>
/// Weights that PyTorch trained, as a <c>state_dict</c> in a safetensors file, for a model of the same layers: which tensor there is
/// which here, by shapes, by the order of the numbers in names and by the words encoder, decoder, mu and var in them. What is not
/// certain is refused, and a file of lines (<c>encoder.0 = conv1</c>) then says it.
/// </summary>
/// <remarks>
/// Maps are NHWC here and NCHW there, so that a dense layer behind a map gets its columns in another order, and one before a map its
/// rows and biases. Two dense layers that give a code's means and log-variances become one. A state_dict says nothing of strides,
/// padding, activations or the ε of a norm (1e-5 here as there): the configuration has to be that of the Python program.
/// </remarks>
public sealed class WeightImport
{
    /// <summary>What a norm calls the variances that it divides by.</summary>
    private const string Variance = "running_var";

    private readonly string _path;
    private readonly RunConfiguration _configuration;
    private readonly Shape _image;
    private readonly List<NamedTensor> _tensors;

    private WeightImport(string path, RunConfiguration configuration, Shape image, ModelLayout layout, WeightAssignment assignment)
    {
        (_path, _configuration, _image) = (path, configuration, image);
        var sources = assignment.Sources.ToDictionary(source => source.Name, StringComparer.Ordinal);
        WeightSource[] inOrder = [.. layout.Saved.Select(name => sources[name])];
        RequireVariances(path, inOrder);
        Tensors =
        [
            .. inOrder.Select(source => new ImportedTensor(
                source.Name, source.Shape, [.. source.Tensors.Select(tensor => tensor.Name)], source.Text())),
        ];
        LeftOut = assignment.LeftOut;
        Notes = layout.Notes;
        _tensors = [.. inOrder.Select(source => source.Make())];
    }

    /// <summary>The model's tensors with what they are made of, in the order of a checkpoint.</summary>
    public IReadOnlyList<ImportedTensor> Tensors { get; }

    /// <summary>Tensors of the file that nothing is made of: counts of batches, and those that the map leaves out.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>What the file does not say and may be otherwise in PyTorch.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Reads the file and finds for each tensor of the model what it is made of.</summary>
    /// <param name="path">A safetensors file; numbers of other types become 32-bit floats.</param>
    /// <param name="configuration">What makes the model.</param>
    /// <param name="image">What it takes.</param>
    /// <param name="mapPath">A file of names; null for none.</param>
    /// <exception cref="UserException">
    /// A file cannot be read, there is no or no certain way to make a tensor, or a running variance is negative; the message names
    /// the tensor.
    /// </exception>
    public static WeightImport Read(string path, RunConfiguration configuration, Shape image, string? mapPath = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(configuration);
        IReadOnlyList<WeightMapLine> map = mapPath is null ? [] : WeightMap.Read(mapPath);
        SafetensorsFile file = ReadForeign(path);
        var layout = ModelLayout.Of(configuration, image);
        return new WeightImport(
            path, configuration, image, layout, WeightAssignment.Of(path, file.Tensors, layout, map, mapPath ?? ""));
    }

    /// <summary>Writes the weights as those of a run, which can then be used like one that was trained here.</summary>
    /// <param name="folder">Made with the same configuration.</param>
    /// <exception cref="UserException">
    /// The file cannot be written; of a folder that <see cref="RunFolder.Create"/> has made for it nothing stays.
    /// </exception>
    public void Write(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        try
        {
            Checkpoint.WriteImported(folder.CheckpointPath, _tensors, _configuration, _image, Path.GetFileName(_path));
        }
        catch
        {
            folder.Unmake();
            throw;
        }
    }

    /// <summary>Refuses a norm whose deviation, the square root of its running variance, would be no number.</summary>
    private static void RequireVariances(string path, IEnumerable<WeightSource> sources)
    {
        foreach (NamedTensor tensor in sources.Where(source => source.Member == Variance).SelectMany(source => source.Tensors))
        {
            int position = Array.FindIndex(tensor.Values, value => value < 0);
            if (position >= 0)
            {
                throw new UserException(
                    $"{path}: {QuotedText.Excerpt(tensor.Name)} has a negative number at position {position}, and a running variance has "
                    + "none; train the model again, or take weights of before");
            }
        }
    }

    private static SafetensorsFile ReadForeign(string path)
    {
        SafetensorsFile file;
        try
        {
            file = Safetensors.ReadConverted(path);
        }
        catch (UserException exception) when (IsPickle(path))
        {
            throw new UserException(
                $"{path}: is what torch.save writes, a program in Python's own format; write the tensors alone, with "
                + "safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')", exception);
        }
        if (file.Metadata.ContainsKey("gpuvae_version"))
        {
            throw new UserException(
                $"{path}: is a checkpoint of GpuVae itself, with maps in its own order; give its folder to the verbs as it is");
        }
        foreach (NamedTensor tensor in file.Tensors)
        {
            int position = Array.FindIndex(tensor.Values, value => !float.IsFinite(value));
            if (position >= 0)
            {
                throw new UserException(
                    $"{path}: {QuotedText.Excerpt(tensor.Name)} has a number at position {position} that is not finite, or too large "
                    + "for 32 bits; train the model again, or take weights of before");
            }
        }
        return file;
    }

    /// <summary>Whether a file begins as those of <c>torch.save</c> do: an archive, or in old versions a pickle.</summary>
    private static bool IsPickle(string path)
    {
        Span<byte> start = stackalloc byte[4];
        try
        {
            using FileStream stream = InputFile.Open(path);
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && (start.SequenceEqual("PK\u0003\u0004"u8) || start[0] == 0x80);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
