namespace GpuVae.Kernels.Simd;

/// <content>The operations that are not products.</content>
internal sealed unsafe partial class SimdBackend<S, TVector>
{
    public override void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x)
    {
        Shapes.Require(images.Columns == x.Columns, nameof(x));
        int* counter = NativeBuffer<int>.Of(counters);
        long first = (long)counter[Counter.StepInEpoch] * batchSize;
        Shapes.Require(first + x.Rows <= order.Length, nameof(order));
        var gather = new Gather
        {
            Images = NativeBuffer<byte>.Of(images),
            Order = NativeBuffer<int>.Of(order) + first,
            Dimensions = x.Columns,
            Encoding = encoding,
            Noise = noise,
            Step = (uint)counter[Counter.GlobalStep],
            X = NativeBuffer<float>.Of(x),
        };
        Team.Run(&Simd.Gather.Rows<S, TVector>, &gather, x.Rows);
    }

    public override void SumColumns(View<float> values, View<float> sums)
    {
        Shapes.Require(sums.Length == values.Columns, nameof(sums));
        var columnSums = new ColumnSums
        {
            Values = NativeBuffer<float>.Of(values),
            Rows = values.Rows,
            Columns = values.Columns,
            Sums = NativeBuffer<float>.Of(sums),
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
            Posterior = NativeBuffer<float>.Of(posterior),
            Units = z.Columns,
            Noise = noise,
            Step = (uint)NativeBuffer<int>.Of(counters)[Counter.GlobalStep],
            Epsilon = NativeBuffer<float>.Of(epsilon),
            Z = NativeBuffer<float>.Of(z),
            Divergence = NativeBuffer<float>.Of(divergence),
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
            Posterior = NativeBuffer<float>.Of(posterior),
            Units = zGradient.Columns,
            Epsilon = NativeBuffer<float>.Of(epsilon),
            ZGradient = NativeBuffer<float>.Of(zGradient),
            GradientScale = gradientScale,
            DivergenceWeight = ScheduleRow(schedule, counters)[Schedule.DivergenceWeight],
            PosteriorGradient = NativeBuffer<float>.Of(posteriorGradient),
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
            Gradient = NativeBuffer<float>.Of(gradient),
            FirstMoment = NativeBuffer<float>.Of(firstMoment),
            SecondMoment = NativeBuffer<float>.Of(secondMoment),
            Parameters = NativeBuffer<float>.Of(parameters),
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
        int step = NativeBuffer<int>.Of(counters)[Counter.StepInEpoch];
        return NativeBuffer<float>.Of(schedule.RowRange(step, 1));
    }
}
