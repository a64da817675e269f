using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Normalisation by its formulas, and dropout.</summary>
internal static class ReferenceNormalization
{
    public static void Run(in Moments operation)
    {
        Span<double> x = operation.X.Span(), mean = operation.Mean.Span(), variance = operation.Variance.Span();
        mean.Clear();
        variance.Clear();
        var maps = new Maps(operation.X, operation.X.Columns, operation.Mean);
        double count = x.Length / mean.Length;
        for (int i = 0; i < x.Length; i++)
            mean[maps.Moment(i)] += x[i] / count;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = x[i] - mean[maps.Moment(i)];
            variance[maps.Moment(i)] += difference * difference / count;
        }
    }

    public static void Run(in Normalize operation)
    {
        Span<double> x = operation.X.Span(), y = operation.Y.Span();
        Span<double> weight = operation.Weight.Span(), bias = operation.Bias.Span();
        var maps = new Maps(operation.X, weight.Length, operation.Mean);
        for (int i = 0; i < x.Length; i++)
        {
            double normalized = maps.Normalized(x[i], i, operation.Mean, operation.Variance, operation.Epsilon);
            y[i] = (weight[maps.Channel(i)] * normalized) + bias[maps.Channel(i)];
        }
        Follow(operation.Epilogue, operation.Y);
    }

    public static void Run(in NormalizeParameterGradient operation)
    {
        Span<double> x = operation.X.Span(), g = operation.OutputGradient.Span();
        Span<double> weights = operation.WeightGradient.Span(), biases = operation.BiasGradient.Span();
        weights.Clear();
        biases.Clear();
        int channels = operation.WeightGradient.Columns;
        var maps = new Maps(operation.X, channels, operation.Mean);
        for (int i = 0; i < x.Length; i++)
        {
            int at = (maps.Example(i) * channels) + maps.Channel(i);
            weights[at] += g[i] * maps.Normalized(x[i], i, operation.Mean, operation.Variance, operation.Epsilon);
            biases[at] += g[i];
        }
    }

    public static void Run(in NormalizeGradient operation)
    {
        Span<double> x = operation.X.Span(), g = operation.OutputGradient.Span();
        var result = new double[x.Length];
        Span<double> weight = operation.Weight.Span();
        var maps = new Maps(operation.X, weight.Length, operation.Mean);
        var plain = new double[operation.Mean.Length];
        var product = new double[operation.Mean.Length];
        int size = weight.Length / operation.Mean.Columns, pixels = x.Length / (weight.Length * operation.Mean.Rows);
        for (int row = 0; row < operation.WeightGradient.Rows; row++)
        {
            for (int channel = 0; channel < weight.Length; channel++)
            {
                int moment = (row * operation.Mean.Columns) + (channel / size), at = (row * weight.Length) + channel;
                plain[moment] += weight[channel] * operation.BiasGradient.Span()[at] / (size * pixels);
                product[moment] += weight[channel] * operation.WeightGradient.Span()[at] / (size * pixels);
            }
        }
        for (int i = 0; i < x.Length; i++)
        {
            int moment = maps.Moment(i);
            double normalized = maps.Normalized(x[i], i, operation.Mean, operation.Variance, operation.Epsilon);
            result[i] = ((weight[maps.Channel(i)] * g[i]) - plain[moment] - (normalized * product[moment]))
                / Math.Sqrt(operation.Variance.Span()[moment] + operation.Epsilon);
        }
        ReferenceProducts.Apply(result, operation.Epilogue, operation.InputGradient);
    }

    public static void Run(in MovingAverage operation)
    {
        Span<double> average = operation.Average.Span(), values = operation.Values.Span();
        for (int i = 0; i < average.Length; i++)
            average[i] = ((1 - operation.Momentum) * average[i]) + (operation.Momentum * operation.Scale * values[i]);
    }

    public static void Run(in ApplyDropout operation)
    {
        Span<double> x = operation.X.Span(), y = operation.Y.Span();
        int step = operation.Counters.At(Counter.GlobalStep);
        for (int i = 0; i < x.Length; i++)
        {
            bool isLeftOut = ReferenceNoise.Uniform(operation.Noise, step, i) < operation.Probability;
            y[i] = isLeftOut ? 0 : x[i] / (1 - operation.Probability);
        }
        Follow(operation.Epilogue, operation.Y);
    }

    private static void Follow(in Epilogue epilogue, View<float> result) =>
        ReferenceProducts.Run(new ApplyEpilogue(result, epilogue, result));

    /// <summary>Maps whose moments (N, G) are: what example, channel and group number i belongs to.</summary>
    private readonly struct Maps(View<float> x, int channels, View<float> moments)
    {
        private readonly int _examples = (int)(x.Length / moments.Rows), _size = channels / moments.Columns;
        private readonly int _groups = moments.Columns;

        public int Example(int i) => i / _examples;

        public int Channel(int i) => i % channels;

        public int Moment(int i) => (Example(i) * _groups) + (Channel(i) / _size);

        public double Normalized(double x, int i, View<float> mean, View<float> variance, double epsilon) =>
            (x - mean.Span()[Moment(i)]) / Math.Sqrt(variance.Span()[Moment(i)] + epsilon);
    }
}
