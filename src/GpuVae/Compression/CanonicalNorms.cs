namespace GpuVae.Compression;

/// <summary>Batch normalisation at use: y = γ (x − m)/√(v + ε) + β of each channel, in double precision, rounded once.</summary>
internal sealed class CanonicalBatchNorm(float[] mean, float[] variance, float epsilon, float[] weight, float[] bias) : CanonicalLayer
{
    private readonly double[] _inverse = Array.ConvertAll(variance, v => 1 / Math.Sqrt((double)v + epsilon));

    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        for (int i = 0; i < input.Length; i++)
        {
            int channel = i % mean.Length;
            output[i] = (float)((((double)input[i] - mean[channel]) * _inverse[channel] * weight[channel]) + bias[channel]);
        }
    }
}

/// <summary>
/// Group normalisation: the mean and the variance of each group, over pixels and their channels in the order in which they lie, in
/// double precision.
/// </summary>
internal sealed class CanonicalGroupNorm(int groups, float epsilon, float[] weight, float[] bias) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        int channels = weight.Length, width = channels / groups, pixels = input.Length / channels;
        for (int group = 0; group < groups; group++)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < pixels * width; i++)
                sum += input[Place(i)];
            double mean = sum / ((double)pixels * width);
            for (int i = 0; i < pixels * width; i++)
            {
                double difference = input[Place(i)] - mean;
                squares += difference * difference;
            }
            double inverse = 1 / Math.Sqrt((squares / ((double)pixels * width)) + epsilon);
            for (int i = 0; i < pixels * width; i++)
            {
                int at = Place(i), channel = at % channels;
                output[at] = (float)(((input[at] - mean) * inverse * weight[channel]) + bias[channel]);
            }

            int Place(int i) => ((i / width) * channels) + (group * width) + (i % width);
        }
    }
}
