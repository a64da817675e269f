using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Binary codes, corruptions, scales of likelihoods, free bits and importance weights.</summary>
internal static class ReferenceObjectives
{
    public static void Run(in SampleSigmoid operation)
    {
        Span<double> activations = operation.Activations.Span(), z = operation.Z.Span();
        int k = operation.Z.Columns;
        bool hasNoise = !operation.Order.IsEmpty;
        int first = hasNoise ? operation.Counters.At(Counter.StepInEpoch) * operation.BatchSize : 0;
        for (int i = 0; i < z.Length; i++)
        {
            double noise = hasNoise
                ? ReferenceNoise.Normal(operation.Noise, operation.Order.At(first + (i / k)), i % k)
                : 0;
            z[i] = 1 / (1 + Math.Exp(-activations[i] - (operation.Deviation * noise)));
        }
    }

    public static void Run(in Corrupt operation)
    {
        Span<double> clean = operation.Clean.Span(), corrupted = operation.Corrupted.Span();
        int step = operation.Counters.At(Counter.GlobalStep);
        CorruptionKind kind = operation.Settings.Kind;
        double amount = operation.Settings.Amount, low = operation.Settings.Low, high = operation.Settings.High;
        for (int i = 0; i < clean.Length; i++)
        {
            double uniform = ReferenceNoise.Uniform(operation.Noise, step, i);
            corrupted[i] = kind switch
            {
                CorruptionKind.Gaussian =>
                    Math.Clamp(clean[i] + (amount * ReferenceNoise.Normal(operation.Noise, step, i)), low, high),
                CorruptionKind.Masking => uniform < amount ? 0 : clean[i],
                CorruptionKind.SaltAndPepper when uniform < amount / 2 => low,
                CorruptionKind.SaltAndPepper => uniform < amount ? high : clean[i],
                _ => throw new ArgumentOutOfRangeException(nameof(operation)),
            };
        }
    }

    public static void Run(in CorruptPatch operation)
    {
        (int height, int width, int channels) = (operation.Image.Height, operation.Image.Width, operation.Image.Channels);
        int step = operation.Counters.At(Counter.GlobalStep), size = operation.Image.Size;
        RandomSource noise = operation.Noise;
        uint firstPicture = 4 * noise.FirstBlock / (uint)size;
        int mostRows = Math.Clamp((int)Math.Floor((operation.Amount * height) + 0.5), 1, height);
        int mostColumns = Math.Clamp((int)Math.Floor((operation.Amount * width) + 0.5), 1, width);
        for (int picture = 0; picture < operation.Clean.Rows; picture++)
        {
            // A word's upper half, as a part of 1, of so many choices.
            int Draw(uint block, int word, int choices)
            {
                var counter = new PhiloxWords(firstPicture + (uint)picture, block, (uint)step, (uint)noise.Purpose);
                PhiloxWords words = Philox.Block(counter, (uint)noise.Seed, (uint)(noise.Seed >> 32));
                return (int)Math.Floor((Philox.Word(words, word) >> 16) / 65536.0 * choices);
            }

            int rows = 1 + Draw(1, 0, mostRows), columns = 1 + Draw(1, 1, mostColumns);
            int top = Draw(1, 2, height - rows + 1), left = Draw(1, 3, width - columns + 1);
            int fromTop = Draw(2, 0, height - rows + 1), fromLeft = Draw(2, 1, width - columns + 1);
            Span<double> clean = operation.Clean.RowRange(picture, 1).Span(), corrupted = operation.Corrupted.RowRange(picture, 1).Span();
            for (int i = 0; i < size; i++)
            {
                int channel = i % channels, x = i / channels % width, y = i / channels / width;
                bool isInside = y >= top && y < top + rows && x >= left && x < left + columns;
                corrupted[i] = !isInside ? clean[i]
                    : operation.Kind == PatchKind.Noise ? ReferenceNoise.Uniform(noise, step, (picture * size) + i)
                    : clean[((((fromTop + y - top) * width) + fromLeft + x - left) * channels) + channel];
            }
        }
    }

    public static void Run(in FreeBits operation)
    {
        Span<double> units = operation.UnitDivergence.Span(), divergence = operation.Divergence.Span();
        double missing = 0;
        for (int j = 0; j < units.Length; j++)
        {
            missing += Math.Max(0, operation.FreeNats - units[j]);
            operation.UnitWeights.Span()[j] = units[j] > operation.FreeNats ? 1 : 0;
        }
        for (int b = 0; b < divergence.Length; b++)
            operation.Charge.Span()[b] = divergence[b] + missing;
    }

    public static void Run(in ImportanceWeights operation)
    {
        int draws = operation.LogWeights.Columns;
        for (int b = 0; b < operation.LogWeights.Rows; b++)
        {
            double[] row = operation.LogWeights.RowRange(b, 1).Span().ToArray();
            double largest = row.Max(), sum = row.Sum(value => Math.Exp(value - largest));
            for (int s = 0; s < draws; s++)
                operation.Weights.Span()[(b * draws) + s] = operation.Scale * Math.Exp(row[s] - largest) / sum;
            operation.Loss.Span()[b] = -largest - Math.Log(sum / draws);
        }
    }

    public static void Run(in CategoricalLikelihood operation)
    {
        for (int row = 0; row < operation.Outputs.Rows; row++)
        {
            Span<double> x = operation.Target.RowRange(row, 1).Span(), outputs = operation.Outputs.RowRange(row, 1).Span();
            for (int group = 0; group < operation.Starts.Columns - 1; group++)
            {
                Range columns = operation.Starts.At(group)..operation.Starts.At(group + 1);
                double[] target = x[columns].ToArray(), probabilities = Softmax(outputs[columns]);
                double mass = target.Sum();
                for (int c = 0; c < target.Length; c++)
                {
                    operation.Loss.Span()[row] -= target[c] * Math.Log(probabilities[c]);
                    outputs[columns][c] = operation.GradientScale * ((mass * probabilities[c]) - target[c]);
                }
            }
        }
    }

    public static void Run(in Softmax operation)
    {
        for (int row = 0; row < operation.Values.Rows; row++)
        {
            Span<double> values = operation.Values.RowRange(row, 1).Span();
            for (int group = 0; group < operation.Starts.Columns - 1; group++)
            {
                Range columns = operation.Starts.At(group)..operation.Starts.At(group + 1);
                Softmax(values[columns]).CopyTo(values[columns]);
            }
        }
    }

    private static double[] Softmax(ReadOnlySpan<double> logits)
    {
        double[] powers = logits.ToArray();
        double largest = powers.Max();
        powers = Array.ConvertAll(powers, logit => Math.Exp(logit - largest));
        double sum = powers.Sum();
        return Array.ConvertAll(powers, power => power / sum);
    }

    public static void Run(in ScaleLikelihood operation)
    {
        double scale = operation.LogScale.Span()[0], factor = Math.Exp(-operation.Power * scale);
        foreach (ref double value in operation.Loss.Span())
            value = (factor * value) + (operation.OutputGradient.Columns * scale);
        foreach (ref double value in operation.OutputGradient.Span())
            value *= factor;
    }

    /// <summary>By the products themselves, in pairs of factors that are about the same: (x)ₖ has k of them.</summary>
    public static void Run(in BetaBinomial operation)
    {
        const int Trials = BetaBinomial.Trials;
        Span<double> choices = operation.LogChoices.Span();
        int channels = operation.Channels;
        for (int row = 0; row < operation.Target.Rows; row++)
        {
            Span<double> target = operation.Target.RowRange(row, 1).Span(), outputs = operation.Outputs.RowRange(row, 1).Span();
            double sum = 0;
            for (int i = 0; i < target.Length; i++)
            {
                int k = (int)Math.Round(Trials * target[i]), place = i + (i / channels * channels);
                ref double logit = ref outputs[place], logConcentration = ref outputs[place + channels];
                double clamped = Math.Clamp(logit, -BetaBinomial.MostLogit, BetaBinomial.MostLogit);
                double concentration = Math.Exp(Math.Clamp(
                    logConcentration, -BetaBinomial.MostLogConcentration, BetaBinomial.MostLogConcentration));
                double p = Sigmoid(clamped), q = Sigmoid(-clamped), alpha = concentration * p, beta = concentration * q;
                double perAlpha = Slope(alpha, k), perBeta = Slope(beta, Trials - k), perSum = Slope(concentration, Trials);
                sum -= choices[k];
                for (int j = 0; j < Trials; j++)
                    sum -= Math.Log((j < k ? alpha + j : beta + (j - k)) / (concentration + j));
                double byLogit = concentration * p * q * (perBeta - perAlpha);
                double byConcentration = (concentration * perSum) - (alpha * perAlpha) - (beta * perBeta);
                logit = operation.GradientScale * Inward(byLogit, logit, BetaBinomial.MostLogit);
                logConcentration =
                    operation.GradientScale * Inward(byConcentration, logConcentration, BetaBinomial.MostLogConcentration);
            }
            operation.Loss.Span()[row] = sum;
        }

        // ∂/∂x of log (x)ₖ.
        static double Slope(double x, int factors) => Enumerable.Range(0, factors).Sum(i => 1 / (x + i));

        static double Inward(double gradient, double value, double most) =>
            (value > most && gradient < 0) || (value < -most && gradient > 0) ? 0 : gradient;
    }

    public static void Run(in DiscretizedLogistic operation)
    {
        double s = Math.Exp(operation.LogScale.Span()[0]), width = 1 / (255 * s);
        for (int row = 0; row < operation.Outputs.Rows; row++)
        {
            Span<double> target = operation.Target.RowRange(row, 1).Span(), outputs = operation.Outputs.RowRange(row, 1).Span();
            double loss = 0, slope = 0;
            for (int i = 0; i < target.Length; i++)
            {
                double k = Math.Round(255 * target[i]); // which float32 has not exactly as x
                double a = (((k + 0.5) / 255) - outputs[i]) / s, b = (((k - 0.5) / 255) - outputs[i]) / s;
                bool isFirst = k == 0, isLast = k == 255;
                double above = isLast ? 0 : Sigmoid(-a), below = isFirst ? 0 : Sigmoid(b);
                loss += (isLast ? 0 : Softplus(-a)) + (isFirst ? 0 : Softplus(b));
                slope += (isLast ? 0 : a * above) - (isFirst ? 0 : b * below);
                if (!isFirst && !isLast)
                {
                    loss -= Math.Log(1 - Math.Exp(-width));
                    slope += width / (Math.Exp(width) - 1);
                }
                outputs[i] = operation.GradientScale * (above - below) / s;
            }
            operation.Loss.Span()[row] = loss;
            operation.LogScaleGradient.Span()[row] = slope;
        }
    }

    public static void Run(in LogisticMixture operation)
    {
        int components = operation.Components, channels = operation.Channels, all = components * channels;
        for (int row = 0; row < operation.Target.Rows; row++)
        {
            Span<double> target = operation.Target.RowRange(row, 1).Span(), outputs = operation.Outputs.RowRange(row, 1).Span();
            double sum = 0;
            for (int i = 0; i < target.Length; i++)
            {
                int place = (i / channels * channels * 3 * components) + (i % channels);
                double k = Math.Round(255 * target[i]), normalizer = 0, likelihood = 0;
                var parts = new (double Weight, double Joint, double ByMean, double ByScale)[components];
                for (int j = 0; j < components; j++)
                {
                    int at = place + (j * channels);
                    double weight = Math.Exp(outputs[at + all]);
                    (double p, double byMean, double byScale) = Component(
                        k, outputs[at] + LogisticMixture.StartOf(j, components), outputs[at + (2 * all)] + LogisticMixture.StartLogScale);
                    parts[j] = (weight, weight * p, byMean, byScale);
                    normalizer += weight;
                    likelihood += weight * p;
                }
                sum -= Math.Log(likelihood / normalizer);
                for (int j = 0; j < components; j++)
                {
                    int at = place + (j * channels);
                    double responsibility = parts[j].Joint / likelihood;
                    outputs[at] = operation.GradientScale * responsibility * parts[j].ByMean;
                    outputs[at + all] = operation.GradientScale * ((parts[j].Weight / normalizer) - responsibility);
                    outputs[at + (2 * all)] = operation.GradientScale * responsibility * parts[j].ByScale;
                }
            }
            operation.Loss.Span()[row] = sum;
        }

        // A probability, and the slopes of −log of it.
        static (double P, double ByMean, double ByScale) Component(double k, double mean, double logScale)
        {
            double clamped = Math.Clamp(logScale, LogisticMixture.LeastLogScale, LogisticMixture.MostLogScale);
            double s = Math.Exp(clamped), width = 1 / (255 * s), a = (((k + 0.5) / 255) - mean) / s, b = (((k - 0.5) / 255) - mean) / s;
            double above = k == 255 ? 0 : Sigmoid(-a), below = k == 0 ? 0 : Sigmoid(b);
            double loss = (k == 255 ? 0 : Softplus(-a)) + (k == 0 ? 0 : Softplus(b)), slope = (k == 255 ? 0 : a * above) - (k == 0 ? 0 : b * below);
            if (k is > 0 and < 255)
            {
                loss -= Math.Log(1 - Math.Exp(-width));
                slope += width / (Math.Exp(width) - 1);
            }
            bool isOutward = (logScale > LogisticMixture.MostLogScale && slope < 0) || (logScale < LogisticMixture.LeastLogScale && slope > 0);
            return (Math.Exp(-loss), (above - below) / s, isOutward ? 0 : slope);
        }
    }

    public static void Run(in LogisticMixtureMean operation)
    {
        int components = operation.Components, channels = operation.Channels, all = components * channels;
        for (int row = 0; row < operation.Means.Rows; row++)
        {
            Span<double> outputs = operation.Outputs.RowRange(row, 1).Span(), means = operation.Means.RowRange(row, 1).Span();
            for (int i = 0; i < means.Length; i++)
            {
                int place = (i / channels * channels * 3 * components) + (i % channels);
                double sum = 0, normalizer = 0;
                for (int j = 0; j < components; j++)
                {
                    double weight = Math.Exp(outputs[place + all + (j * channels)]);
                    sum += weight * Math.Clamp(outputs[place + (j * channels)] + LogisticMixture.StartOf(j, components), 0, 1);
                    normalizer += weight;
                }
                means[i] = sum / normalizer;
            }
        }
    }

    private static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    public static void Run(in LogScaleGradient operation)
    {
        Span<double> losses = operation.Loss.Span();
        double sum = 0;
        for (int r = 0; r < losses.Length; r++)
        {
            double scaled = losses[r] - (operation.Dimensions * operation.LogScale.Span()[0]);
            double weight = operation.Weights.IsEmpty ? operation.Weight : operation.Weights.Span()[r];
            sum += weight * (operation.Dimensions - (operation.Power * scaled));
        }
        operation.Gradient.Span()[0] = sum;
    }
}
