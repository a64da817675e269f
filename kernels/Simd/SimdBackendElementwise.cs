namespace GpuVae.Kernels.Simd;

/// <content>The operations that are not products.</content>
internal sealed unsafe partial class SimdBackend<S, TVector>
{
    public override void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x) =>
        Gather<byte, ByteSource>(images, order, counters, batchSize, encoding, noise, x);

    public override void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x) =>
        Gather<float, FloatSource>(images, order, counters, batchSize, encoding, noise, x);

    public override void SumColumns(View<float> values, View<float> sums)
    {
        Shapes.Require(sums.Length == values.Columns, nameof(sums));
        var columnSums = new ColumnSums
        {
            Values = HostBuffer<float>.Of(values),
            Rows = values.Rows,
            Columns = values.Columns,
            Sums = HostBuffer<float>.Of(sums),
        };
        Team.Run(&ColumnSums.Items<S, TVector>, &columnSums, Product.TileCount(values.Columns, S.Lanes));
    }

    public override void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        Shapes.Require(posterior.Columns == 2 * z.Columns && posterior.Rows == z.Rows, nameof(posterior));
        Shapes.Require(epsilon.Length == z.Length, nameof(epsilon));
        Shapes.Require(divergence.Length == z.Rows, nameof(divergence));
        var sampling = new Sampling
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Units = z.Columns,
            Noise = noise,
            Step = (uint)HostBuffer<int>.Of(counters)[Counter.GlobalStep],
            Epsilon = HostBuffer<float>.Of(epsilon),
            Z = HostBuffer<float>.Of(z),
            Divergence = HostBuffer<float>.Of(divergence),
        };
        Team.Run(&Sampling.Rows<S, TVector>, &sampling, z.Rows);
    }

    public override void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, View<float> posteriorGradient)
    {
        Shapes.Require(
            posterior.Columns == 2 * zGradient.Columns && posterior.Rows == zGradient.Rows, nameof(posterior));
        Shapes.Require(epsilon.Length == zGradient.Length, nameof(epsilon));
        Shapes.Require(posteriorGradient.Length == posterior.Length, nameof(posteriorGradient));
        var sampling = new Sampling
        {
            Posterior = HostBuffer<float>.Of(posterior),
            Units = zGradient.Columns,
            Epsilon = HostBuffer<float>.Of(epsilon),
            ZGradient = HostBuffer<float>.Of(zGradient),
            GradientScale = gradientScale,
            DivergenceWeight = ScheduleRow(schedule, counters)[Schedule.DivergenceWeight],
            PosteriorGradient = HostBuffer<float>.Of(posteriorGradient),
        };
        Team.Run(&Sampling.GradientRows<S, TVector>, &sampling, zGradient.Rows);
    }

    public override void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        Shapes.Require(gradient.Length == parameters.Length, nameof(gradient));
        Shapes.Require(firstMoment.Length == parameters.Length, nameof(firstMoment));
        Shapes.Require(secondMoment.Length == parameters.Length, nameof(secondMoment));
        float* row = ScheduleRow(schedule, counters);
        var adam = new AdamUpdate
        {
            Gradient = HostBuffer<float>.Of(gradient),
            FirstMoment = HostBuffer<float>.Of(firstMoment),
            SecondMoment = HostBuffer<float>.Of(secondMoment),
            Parameters = HostBuffer<float>.Of(parameters),
            Length = parameters.Length,
            StepSize = row[Schedule.StepSize],
            Correction = row[Schedule.SecondMomentCorrection],
            Settings = settings,
        };
        int items = (int)((parameters.Length + AdamUpdate.ItemLength - 1) / AdamUpdate.ItemLength);
        Team.Run(&AdamUpdate.Items<S, TVector>, &adam, items);
    }

    private static float* ScheduleRow(View<float> schedule, View<int> counters)
    {
        Shapes.Require(schedule.Columns == Schedule.Columns, nameof(schedule));
        int step = HostBuffer<int>.Of(counters)[Counter.StepInEpoch];
        return HostBuffer<float>.Of(schedule.RowRange(step, 1));
    }

    private void Gather<TElement, TSource>(
        View<TElement> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x)
        where TElement : unmanaged
        where TSource : struct, IGatherSource<TElement>
    {
        Shapes.Require(images.Columns == x.Columns, nameof(x));
        int* counter = HostBuffer<int>.Of(counters);
        long first = (long)counter[Counter.StepInEpoch] * batchSize;
        Shapes.Require(first + x.Rows <= order.Length, nameof(order));
        var gather = new Gather<TElement, TSource>
        {
            Images = HostBuffer<TElement>.Of(images),
            Order = HostBuffer<int>.Of(order) + first,
            Dimensions = x.Columns,
            RowCount = x.Rows,
            Encoding = encoding,
            Noise = noise,
            Step = (uint)counter[Counter.GlobalStep],
            X = HostBuffer<float>.Of(x),
        };
        Team.Run(&Simd.Gather<TElement, TSource>.Rows<S, TVector>, &gather, x.Rows);
    }
}
