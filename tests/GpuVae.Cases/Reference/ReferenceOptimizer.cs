using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>What happens to gradients and parameters at the end of a step.</summary>
internal static class ReferenceOptimizer
{
    public static void Run(in SumSquares operation)
    {
        double total = 0;
        foreach (double value in operation.Values.Span())
            total += value * value;
        operation.Sum.Span()[0] = total;
    }

    public static void Run(in ClipNorm operation)
    {
        double norm = Math.Sqrt(operation.SumOfSquares.Span()[0]);
        foreach (ref double value in operation.Gradient.Span())
            value *= Math.Min(1, operation.Limit / norm);
    }

    public static void Run(in DecayWeights operation)
    {
        double decay = operation.Schedule.At(operation.Counters, Schedule.WeightDecay);
        foreach (ref double value in operation.Parameters.Span())
            value -= decay * value;
    }

    public static void Run(in Adam operation)
    {
        Span<double> g = operation.Gradient.Span(), theta = operation.Parameters.Span();
        Span<double> m = operation.FirstMoment.Span(), v = operation.SecondMoment.Span();
        double beta1 = operation.Settings.Beta1, beta2 = operation.Settings.Beta2, epsilon = operation.Settings.Epsilon;
        double stepSize = operation.Schedule.At(operation.Counters, Schedule.StepSize);
        double correction = operation.Schedule.At(operation.Counters, Schedule.SecondMomentCorrection);
        for (int i = 0; i < g.Length; i++)
        {
            m[i] = (beta1 * m[i]) + ((1 - beta1) * g[i]);
            v[i] = (beta2 * v[i]) + ((1 - beta2) * g[i] * g[i]);
            theta[i] -= stepSize * m[i] / ((correction * Math.Sqrt(v[i])) + epsilon);
        }
    }

    public static void Run(in Advance operation)
    {
        operation.Counters.Span()[Counter.StepInEpoch]++;
        operation.Counters.Span()[Counter.GlobalStep]++;
    }
}
