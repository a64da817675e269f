namespace GpuVae.Kernels.Simd;

/// <content>Corruptions, scales of likelihoods, and what happens to gradients and parameters beside Adam.</content>
public abstract unsafe partial class SimdBackend
{
    /// <inheritdoc/>
    public abstract void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted);

    /// <inheritdoc/>
    public void ScaleLikelihood(View<float> logScale, float power, View<float> loss, View<float> outputGradient)
    {
        float scale = *HostBuffer<float>.Of(logScale);
        float factor = MathF.Exp(-power * scale);
        float constant = outputGradient.Columns * scale;
        float* losses = HostBuffer<float>.Of(loss);
        for (long row = 0; row < loss.Length; row++)
            losses[row] = (factor * losses[row]) + constant;
        Scale(factor, outputGradient);
    }

    /// <inheritdoc/>
    public void LogScaleGradient(
        View<float> logScale, float power, int dimensions, View<float> loss, View<float> weights, float weight,
        View<float> logScaleGradient)
    {
        float* losses = HostBuffer<float>.Of(loss);
        float* factors = HostBuffer<float>.Of(weights);
        double constant = (double)dimensions * *HostBuffer<float>.Of(logScale);
        double sum = 0;
        for (long row = 0; row < loss.Length; row++)
            sum += (weights.IsEmpty ? weight : factors[row]) * (dimensions - (power * (losses[row] - constant)));
        *HostBuffer<float>.Of(logScaleGradient) = (float)sum;
    }

    /// <inheritdoc/>
    public abstract void SumSquares(View<float> values, View<float> sum);

    /// <inheritdoc/>
    public void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient)
    {
        float norm = MathF.Sqrt(*HostBuffer<float>.Of(sumOfSquares));
        if (norm > limit)
            Scale(limit / norm, gradient);
    }

    /// <inheritdoc/>
    public void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters) =>
        Scale(1f - ScheduleRow(schedule, counters)[Schedule.WeightDecay], parameters);

    private protected static float* ScheduleRow(View<float> schedule, View<int> counters)
    {
        int step = HostBuffer<int>.Of(counters)[Counter.StepInEpoch];
        return HostBuffer<float>.Of(schedule.RowRange(step, 1));
    }

    private protected abstract void Scale(float factor, View<float> values);
}

/// <content>The same at one vector width.</content>
internal sealed unsafe partial class SimdBackend<S, TVector>
{
    private NativeBuffer<float> _itemSums = new(0);

    public override void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted)
    {
        var corruption = new Corruption
        {
            Clean = HostBuffer<float>.Of(clean),
            Corrupted = HostBuffer<float>.Of(corrupted),
            Dimensions = clean.Columns,
            Settings = settings,
            Noise = noise,
            Step = (uint)HostBuffer<int>.Of(counters)[Counter.GlobalStep],
        };
        Team.Run(&Corruption.Rows<S, TVector>, &corruption, clean.Rows);
    }

    public override void SumSquares(View<float> values, View<float> sum)
    {
        int items = FlatArrays.Items(values.Length);
        var arrays = new FlatArrays
        {
            Values = HostBuffer<float>.Of(values),
            Length = values.Length,
            Sums = Scratch(ref _itemSums, items),
        };
        Team.Run(&FlatArrays.SumSquares<S, TVector>, &arrays, items);
        double total = 0;
        for (int item = 0; item < items; item++)
            total += arrays.Sums[item];
        *HostBuffer<float>.Of(sum) = (float)total;
    }

    private protected override void Scale(float factor, View<float> values)
    {
        var arrays = new FlatArrays
        {
            Values = HostBuffer<float>.Of(values),
            Length = values.Length,
            Factor = factor,
        };
        Team.Run(&FlatArrays.Scale<S, TVector>, &arrays, FlatArrays.Items(values.Length));
    }
}
