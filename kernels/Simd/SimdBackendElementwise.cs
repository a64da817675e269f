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
        var columnSums = new ColumnSums
        {
            Values = HostBuffer<float>.Of(values),
            Rows = values.Rows,
            Columns = values.Columns,
            Sums = HostBuffer<float>.Of(sums),
        };
        Team.Run(&ColumnSums.Items<S, TVector>, &columnSums, Product.TileCount(values.Columns, S.Lanes));
    }

    public override void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters)
    {
        Shapes.Require(firstMoment.Length == parameters.Length, nameof(firstMoment));
        float* row = ScheduleRow(schedule, counters);
        var adam = new AdamUpdate
        {
            Gradient = HostBuffer<float>.Of(gradient),
            FirstMoment = HostBuffer<float>.Of(firstMoment),
            SecondMoment = HostBuffer<float>.Of(secondMoment),
            Parameters = HostBuffer<float>.Of(parameters),
            Length = parameters.Length,
            Items = _adamItems.Of(parameters, FlatArrays.ItemLength, Team.Size),
            StepSize = row[Schedule.StepSize],
            Correction = row[Schedule.SecondMomentCorrection],
            Settings = settings,
        };
        Team.Run(&AdamUpdate.Update<S, TVector>, &adam, FlatArrays.Items(parameters.Length));
    }

    private void Gather<TElement, TSource>(
        View<TElement> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding,
        RandomSource noise, View<float> x)
        where TElement : unmanaged
        where TSource : struct, IGatherSource<TElement>
    {
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
            IsNonTemporal = IsNonTemporal(x),
        };
        Team.Run(&Simd.Gather<TElement, TSource>.Rows<S, TVector>, &gather, x.Rows);
    }
}
