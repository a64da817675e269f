namespace GpuVae.Kernels.Simd;

/// <content>Codes and objectives: what does not depend on the width of vectors, and the promise of the rest.</content>
public abstract unsafe partial class SimdBackend
{
    /// <inheritdoc/>
    public abstract void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence);

    /// <inheritdoc/>
    public abstract void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient);

    /// <inheritdoc/>
    public abstract void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence);

    /// <inheritdoc/>
    public abstract void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient);

    /// <inheritdoc/>
    public abstract void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z);

    /// <inheritdoc/>
    public abstract void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights);

    /// <inheritdoc/>
    public abstract void ScaleRows(View<float> factors, View<float> values);

    /// <inheritdoc/>
    public abstract void AddScaledRows(View<float> factors, View<float> addend, View<float> values);

    /// <inheritdoc/>
    public void RepeatRows(View<float> rows, View<float> repeated)
    {
        int draws = Shapes.Draws(rows.Rows, repeated.Rows);
        var drawRows = new DrawRows
        {
            Source = HostBuffer<float>.Of(rows),
            Values = HostBuffer<float>.Of(repeated),
            Columns = rows.Columns,
            Draws = draws,
        };
        Team.Run(&DrawRows.Repeat, &drawRows, repeated.Rows);
    }

    /// <inheritdoc/>
    public void MeanOfDraws(View<float> values, View<float> means)
    {
        int draws = Shapes.Draws(means.Length, values.Length);
        float* source = HostBuffer<float>.Of(values);
        float* destination = HostBuffer<float>.Of(means);
        for (long image = 0; image < means.Length; image++)
        {
            double sum = 0;
            for (int draw = 0; draw < draws; draw++)
                sum += *source++;
            destination[image] = (float)(sum / draws);
        }
    }

    /// <inheritdoc/>
    public void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss)
    {
        var importance = new Importance
        {
            Draws = logWeights.Columns,
            LogWeights = HostBuffer<float>.Of(logWeights),
            Scale = scale,
            Weights = HostBuffer<float>.Of(weights),
            Loss = HostBuffer<float>.Of(loss),
        };
        Team.Run(&Importance.WeightRows, &importance, logWeights.Rows);
    }

    /// <inheritdoc/>
    public void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence)
    {
        int units = (int)divergence.Length;
        var divergences = new UnitDivergences
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Rows = posterior.Rows,
            Columns = posterior.Columns,
            Units = units,
            Covariance = covariance,
            Divergence = HostBuffer<float>.Of(divergence),
        };
        Team.Run(&UnitDivergences.Items, &divergences, units);
    }

    /// <inheritdoc/>
    public void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge)
    {
        float* unit = HostBuffer<float>.Of(unitDivergence);
        float* weight = HostBuffer<float>.Of(unitWeights);
        float missing = 0;
        for (long j = 0; j < unitDivergence.Length; j++)
        {
            weight[j] = unit[j] > freeNats ? 1f : 0f;
            missing += unit[j] > freeNats ? 0f : freeNats - unit[j];
        }
        float* source = HostBuffer<float>.Of(divergence);
        float* destination = HostBuffer<float>.Of(charge);
        for (long image = 0; image < divergence.Length; image++)
            destination[image] = source[image] + missing;
    }
}

/// <content>Codes and objectives, in vectors.</content>
internal sealed unsafe partial class SimdBackend<S, TVector>
{
    public override void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        int draws = Shapes.Draws(posterior.Rows, z.Rows);
        var sampling = new Sampling
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Units = z.Columns,
            Draws = draws,
            Noise = noise,
            Step = (uint)HostBuffer<int>.Of(counters)[Counter.GlobalStep],
            Epsilon = HostBuffer<float>.Of(epsilon),
            Z = HostBuffer<float>.Of(z),
            Divergence = HostBuffer<float>.Of(divergence),
        };
        Team.Run(&Sampling.Rows<S, TVector>, &sampling, posterior.Rows);
    }

    public override void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        int draws = Shapes.Draws(posterior.Rows, zGradient.Rows);
        var sampling = new Sampling
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Units = zGradient.Columns,
            Draws = draws,
            Epsilon = HostBuffer<float>.Of(epsilon),
            ZGradient = HostBuffer<float>.Of(zGradient),
            GradientScale = gradientScale,
            DivergenceWeight = ScheduleRow(schedule, counters)[Schedule.DivergenceWeight],
            Form = divergence.Form,
            UnitWeights = HostBuffer<float>.Of(divergence.UnitWeights),
            PosteriorGradient = HostBuffer<float>.Of(posteriorGradient),
        };
        Team.Run(&Sampling.GradientRows<S, TVector>, &sampling, posterior.Rows);
    }

    public override void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        int draws = Shapes.Draws(posterior.Rows, z.Rows);
        var sampling = new FullSampling
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Units = z.Columns,
            Draws = draws,
            Noise = noise,
            Step = (uint)HostBuffer<int>.Of(counters)[Counter.GlobalStep],
            Epsilon = HostBuffer<float>.Of(epsilon),
            Z = HostBuffer<float>.Of(z),
            Divergence = HostBuffer<float>.Of(divergence),
        };
        Team.Run(&FullSampling.Rows<S, TVector>, &sampling, posterior.Rows);
    }

    public override void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        int draws = Shapes.Draws(posterior.Rows, zGradient.Rows);
        var sampling = new FullSampling
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Units = zGradient.Columns,
            Draws = draws,
            Epsilon = HostBuffer<float>.Of(epsilon),
            ZGradient = HostBuffer<float>.Of(zGradient),
            Weight = gradientScale * ScheduleRow(schedule, counters)[Schedule.DivergenceWeight],
            Form = divergence.Form,
            UnitWeights = HostBuffer<float>.Of(divergence.UnitWeights),
            PosteriorGradient = HostBuffer<float>.Of(posteriorGradient),
        };
        Team.Run(&FullSampling.GradientRows<S, TVector>, &sampling, posterior.Rows);
    }

    public override void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z)
    {
        long first = order.IsEmpty ? 0 : (long)HostBuffer<int>.Of(counters)[Counter.StepInEpoch] * batchSize;
        Shapes.Require(order.IsEmpty || first + z.Rows <= order.Length, nameof(order));
        var sampling = new SigmoidSampling
        {
            Activations = HostBuffer<float>.Of(activations),
            Order = order.IsEmpty ? null : HostBuffer<int>.Of(order) + first,
            Units = z.Columns,
            Deviation = deviation,
            Noise = noise,
            Z = HostBuffer<float>.Of(z),
        };
        Team.Run(&SigmoidSampling.Rows<S, TVector>, &sampling, z.Rows);
    }

    public override void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights)
    {
        int draws = Shapes.Draws(posterior.Rows, z.Rows);
        var importance = new Importance
        {
            Posterior = HostBuffer<float>.Of(posterior),
            PosteriorColumns = posterior.Columns,
            Covariance = covariance,
            Units = z.Columns,
            Draws = draws,
            Epsilon = HostBuffer<float>.Of(epsilon),
            Z = HostBuffer<float>.Of(z),
            Reconstruction = HostBuffer<float>.Of(reconstruction),
            LogWeights = HostBuffer<float>.Of(logWeights),
        };
        Team.Run(&Importance.LogWeightRows<S, TVector>, &importance, posterior.Rows);
    }

    public override void ScaleRows(View<float> factors, View<float> values)
    {
        var rows = new DrawRows
        {
            Factors = HostBuffer<float>.Of(factors),
            Values = HostBuffer<float>.Of(values),
            Columns = values.Columns,
        };
        Team.Run(&DrawRows.Scale<S, TVector>, &rows, values.Rows);
    }

    public override void AddScaledRows(View<float> factors, View<float> addend, View<float> values)
    {
        var rows = new DrawRows
        {
            Source = HostBuffer<float>.Of(addend),
            Factors = HostBuffer<float>.Of(factors),
            Values = HostBuffer<float>.Of(values),
            Columns = values.Columns,
        };
        Team.Run(&DrawRows.AddScaled<S, TVector>, &rows, values.Rows);
    }
}
