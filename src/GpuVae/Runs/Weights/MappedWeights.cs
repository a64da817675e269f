using System.Globalization;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>What the lines of a map come to, with a file's tensors in the place of their names.</summary>
internal sealed class MappedWeights
{
    private const int LongestName = 200;

    private readonly string _path;
    private readonly string _mapPath;
    private readonly Dictionary<string, NamedTensor> _tensors;
    private readonly List<(WeightMapLine Line, WeightSource Source)> _sources = [];
    private readonly List<string> _leftOut = [];

    private MappedWeights(string path, IReadOnlyList<NamedTensor> tensors, string mapPath)
    {
        (_path, _mapPath) = (path, mapPath);
        _tensors = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Names of the model's tensors that it says what to make of.</summary>
    public IReadOnlySet<string> Names => _sources.Select(said => said.Source.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Names of the file's tensors that it makes something of.</summary>
    public IReadOnlyList<string> Used => [.. _sources.SelectMany(said => said.Source.Tensors).Select(tensor => tensor.Name).Distinct()];

    /// <summary>Names of the file's tensors that it leaves out.</summary>
    public IReadOnlyList<string> LeftOut => [.. _leftOut.Distinct().Except(Used)];

    /// <summary>Finds the names of each line.</summary>
    /// <exception cref="UserException">There is no such name here or there, or one is said twice.</exception>
    public static MappedWeights Of(
        string path, IReadOnlyList<NamedTensor> tensors, ModelLayout layout, IReadOnlyList<WeightMapLine> map, string mapPath)
    {
        var said = new MappedWeights(path, tensors, mapPath);
        foreach (WeightMapLine line in map)
            said.Add(line, layout);
        return said;
    }

    /// <summary>The sources, with dense weights as they are or transposed; null where the shapes are not so.</summary>
    /// <param name="isTransposed">Whether dense weights are (in, out) there.</param>
    /// <param name="fault">Is set to what does not fit, where nothing else is said there yet.</param>
    public IReadOnlyList<WeightSource>? Fitted(bool isTransposed, ref UserException? fault)
    {
        var fitted = new List<WeightSource>();
        foreach ((WeightMapLine line, WeightSource source) in _sources)
        {
            WeightSource so = source with { IsTransposed = isTransposed };
            if (!so.Fits())
            {
                fault ??= Fault(line, $"{so.Name} is {WeightFault.Text(so.Shape)}, and "
                    + $"{string.Join(" + ", so.Tensors.Select(WeightFault.Text))} of {_path} {(so.Tensors.Count == 1 ? "does" : "do")} not fit");
                return null;
            }
            fitted.Add(so);
        }
        return fitted;
    }

    private void Add(WeightMapLine line, ModelLayout layout)
    {
        if (line.Ours == WeightMap.Nothing)
        {
            foreach (string name in line.Theirs)
                _leftOut.AddRange(Matching(line, name));
            return;
        }
        if (layout.Layers.FirstOrDefault(layer => layer.Name == line.Ours) is ModelLayer whole)
        {
            foreach ((string member, int[] shape) in whole.Members)
                Add(line, new WeightSource(whole, member, shape, [.. line.Theirs.Select(name => Find(line, $"{name}.{member}"))]));
            return;
        }
        foreach (ModelLayer layer in layout.Layers)
        {
            foreach ((string member, int[] shape) in layer.Members)
            {
                if (layer.NameOf(member) != line.Ours)
                    continue;
                bool isNumber = line.Theirs is ["0" or "1"] && !_tensors.ContainsKey(line.Theirs[0]);
                Add(line, isNumber
                    ? new WeightSource(layer, member, shape, []) { Constant = float.Parse(line.Theirs[0], CultureInfo.InvariantCulture) }
                    : new WeightSource(layer, member, shape, [.. line.Theirs.Select(name => Find(line, name))]));
                return;
            }
        }
        throw Unknown(
            line, line.Ours, "the model has no such tensor or layer",
            layout.Layers.Select(layer => layer.Name).Concat(layout.Saved));
    }

    private void Add(WeightMapLine line, WeightSource source)
    {
        if (_sources.FirstOrDefault(said => said.Source.Name == source.Name).Line is WeightMapLine before)
            throw Fault(line, $"{source.Name}: line {before.Number} says already what it is made of");
        _sources.Add((line, source));
    }

    private NamedTensor Find(WeightMapLine line, string name) =>
        _tensors.TryGetValue(name, out NamedTensor? tensor) ? tensor : throw Unknown(line, name, $"{_path} has no such tensor", _tensors.Keys);

    /// <summary>The names that one with a star at its end stands for, those of a layer, or the name itself.</summary>
    private string[] Matching(WeightMapLine line, string name)
    {
        if (!name.EndsWith('*'))
        {
            string[] layer = _tensors.ContainsKey(name)
                ? []
                : [.. _tensors.Keys.Where(key => key.StartsWith($"{name}.", StringComparison.Ordinal))];
            return layer.Length > 0 ? layer : [Find(line, name).Name];
        }
        string[] matching = [.. _tensors.Keys.Where(key => key.StartsWith(name[..^1], StringComparison.Ordinal))];
        return matching.Length > 0 ? matching : throw Unknown(line, name, $"{_path} has no such tensors", _tensors.Keys);
    }

    private UserException Unknown(WeightMapLine line, string name, string what, IEnumerable<string> known)
    {
        string? near = name.Length > LongestName ? null : ClosestName.Of(name, known.Where(one => one.Length <= LongestName));
        return Fault(line, $"{QuotedText.Excerpt(name)}: {what}" + (near is null ? "" : $"; did you mean {near}?"));
    }

    private UserException Fault(WeightMapLine line, string what) => new($"--map {_mapPath}: line {line.Number}: {what}");
}
