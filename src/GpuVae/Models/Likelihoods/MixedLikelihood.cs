using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Rows of numbers and of categories: p(x | z) = p(x₁…x_N | z) · Π_g Categorical(x_g; softmax(ℓ_g)). The first N outputs of the
/// decoder are those of the numbers' own likelihood; the others are logits, a group of columns for each category, whose
/// targets are 1 in one column of the group and else 0 (Bishop 2006, section 4.3.4; Nazábal et al. 2020, section 3.1).
/// </summary>
public sealed class MixedLikelihood : ILikelihood
{
    private readonly ILikelihood _numbers;
    private readonly int _count;
    private readonly int[] _starts;
    private IDevice? _device;
    private View<int> _groups;           // (1, G + 1)
    private View<float> _target;         // (draws, N), empty where there are no numbers
    private View<float> _outputs;        // (draws, N)
    private View<float> _numbersLoss;    // (1, draws)

    /// <summary>Puts the parts together.</summary>
    /// <param name="numbers">p of the first N numbers.</param>
    /// <param name="count">N; 0 where every column belongs to a category.</param>
    /// <param name="groups">Columns of each category, in order; at least one group.</param>
    public MixedLikelihood(ILikelihood numbers, int count, IReadOnlyList<int> groups)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count);
        if (numbers.ParametersPerNumber != 1)
            throw new ArgumentException($"Each number beside categories has one output, not {numbers.ParametersPerNumber}.", nameof(numbers));
        _numbers = numbers;
        _count = count;
        _starts = new int[groups.Count + 1];
        _starts[0] = count;
        for (int group = 0; group < groups.Count; group++)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups[group], nameof(groups));
            _starts[group + 1] = checked(_starts[group] + groups[group]);
        }
    }

    /// <summary>That of the numbers.</summary>
    public Likelihood? NegativeLogLikelihood => _numbers.NegativeLogLikelihood;

    /// <summary>p of the numbers.</summary>
    internal ILikelihood NumbersLikelihood => _numbers;

    /// <summary>Where each category's columns begin, and where the last ends; the numbers stand before the first.</summary>
    internal IReadOnlyList<int> Starts => _starts;

    /// <summary>Nothing: <see cref="ToMeans"/> does it all.</summary>
    public Activation Mean => Activation.Identity;

    /// <inheritdoc/>
    public void Build(Shape output, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (output.Size != _starts[^1])
            throw new ArgumentException($"{output.Size} outputs for {_starts[^1]} columns of numbers and categories.");
        _device = builder.Device;
        _groups = builder.Allocate<int>(1, _starts.Length);
        _device.Upload<int>(_starts, _groups);
        if (_count == 0)
            return;
        _numbers.Build(Shape.Vector(_count), builder);
        _target = builder.Allocate(builder.Rows, _count);
        _outputs = builder.Allocate(builder.Rows, _count);
        _numbersLoss = builder.Allocate(1, builder.Rows);
    }

    /// <summary>The outputs are kept as they are: what is made of them differs from column to column.</summary>
    public Epilogue LossEpilogue(View<float> target, float gradientScale, View<float> loss) => Epilogue.Store;

    /// <inheritdoc/>
    public void Adjust(View<float> target, float gradientScale, View<float> loss, View<float> outputGradient)
    {
        if (_count == 0)
        {
            _device!.Run(new Fill(0, loss));
        }
        else
        {
            View<float> numbers = Numbers(outputGradient), numbersTarget = _target.RowRange(0, target.Rows);
            View<float> numbersLoss = Losses(target.Rows);
            _device!.Run(new CopyColumns(target, 0, _count, numbersTarget, 0));
            _device.Run(new ApplyEpilogue(
                numbers, _numbers.LossEpilogue(numbersTarget, gradientScale, numbersLoss), numbers));
            _numbers.Adjust(numbersTarget, gradientScale, numbersLoss, numbers);
            _device.Run(new CopyColumns(numbers, 0, _count, outputGradient, 0));
            _device.Run(new CopyColumns(numbersLoss, 0, numbersLoss.Columns, loss, 0));
        }
        _device.Run(new CategoricalLikelihood(target, _groups, gradientScale, loss, outputGradient));
    }

    /// <inheritdoc/>
    public void Backward(View<float> loss, View<float> weights, float weight)
    {
        if (_count > 0)
            _numbers.Backward(Losses(loss.Columns), weights, weight);
    }

    /// <inheritdoc/>
    public View<float> ToMeans(View<float> outputs)
    {
        if (_count > 0 && _numbers.Mean != Activation.Identity)
        {
            View<float> numbers = Numbers(outputs);
            _device!.Run(new ApplyEpilogue(numbers, Epilogue.Activate(_numbers.Mean), numbers));
            _device.Run(new CopyColumns(numbers, 0, _count, outputs, 0));
        }
        _device!.Run(new Softmax(_groups, outputs));
        return outputs;
    }

    /// <summary>That of the numbers: the categories' −log p is whole.</summary>
    /// <inheritdoc/>
    public double Constant(int dimensions) => _numbers.Constant(_count);

    /// <summary>That of the numbers: a category can be met with probability 1.</summary>
    /// <inheritdoc/>
    public double TargetLoss(ReadOnlySpan<float> target) => _numbers.TargetLoss(target[.._count]);

    /// <summary>That of the numbers.</summary>
    public View<float> LogScale => _numbers.LogScale;

    /// <summary>A category's −log p stands in the column that is 1; its least is 0.</summary>
    /// <inheritdoc/>
    public bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses)
    {
        if (_count > 0 && !_numbers.ColumnLosses(target[.._count], outputs[.._count], logScale, losses[.._count]))
            return false;
        for (int group = 0; group + 1 < _starts.Length; group++)
        {
            int first = _starts[group], end = _starts[group + 1];
            double most = double.NegativeInfinity, sum = 0;
            for (int i = first; i < end; i++)
                most = Math.Max(most, outputs[i]);
            for (int i = first; i < end; i++)
                sum += Math.Exp(outputs[i] - most);
            double logSum = most + Math.Log(sum);
            for (int i = first; i < end; i++)
                losses[i] = target[i] == 0 ? 0 : target[i] * Math.Max(logSum - outputs[i], 0);
        }
        return true;
    }

    /// <summary>The logit of a category, up to what all of its group share, is the logarithm of its part of the
    /// examples.</summary>
    /// <inheritdoc/>
    public double OutputOfMean(double mean, int column) =>
        column < _count ? _numbers.OutputOfMean(mean, column) : Math.Log(Math.Clamp(mean, 1e-3, 1));

    /// <summary>The outputs of the numbers by themselves.</summary>
    private View<float> Numbers(View<float> outputs)
    {
        View<float> numbers = _outputs.RowRange(0, outputs.Rows);
        _device!.Run(new CopyColumns(outputs, 0, _count, numbers, 0));
        return numbers;
    }

    private View<float> Losses(int rows) => new(_numbersLoss.Buffer, _numbersLoss.Offset, 1, rows);
}
