using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary>
/// Where the units of a code have their values: by the prior N(0, 1) where training drew them towards it, else by the
/// codes of the images.
/// </summary>
internal sealed class UnitValues
{
    private readonly float[]? _codes; // (N, k), or null where the prior says it
    private readonly int _units;

    /// <summary>Encodes the images where there is no prior.</summary>
    public UnitValues(OpenedRun run, Codec codec)
    {
        _units = run.Trained.Model.Units;
        _codes = run.Trained.HasPrior ? null : codec.Encode(run.Images);
    }

    /// <summary>(k): the prior's mean, or that of the codes.</summary>
    public float[] Center()
    {
        var center = new float[_units];
        for (int unit = 0; unit < _units && _codes is not null; unit++)
        {
            center[unit] = (float)Column(unit).Average(value => (double)value);
        }

        return center;
    }

    /// <summary>Quantiles of a unit.</summary>
    public float[] Quantiles(int unit, int count) =>
        _codes is null ? CodeGrids.NormalQuantiles(count) : CodeGrids.Quantiles(Column(unit), count);

    /// <summary>What columns of quantiles are called: the value, which all units have in common where the prior says it, or the per cent below it.</summary>
    public IReadOnlyList<string> Names(int count) => _codes is null
        ? [.. CodeGrids.NormalQuantiles(count).Select(CodeLabels.Value)]
        : [.. CodeGrids.Probabilities(count).Select(probability => ReportText.Text($"{100 * probability:0.#} %"))];

    private IEnumerable<float> Column(int unit) =>
        Enumerable.Range(0, _codes!.Length / _units).Select(row => _codes[(row * _units) + unit]);
}
