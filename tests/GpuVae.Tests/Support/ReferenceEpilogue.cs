using GpuVae.Kernels;

namespace GpuVae.Tests.Support;

/// <summary>What an <see cref="Epilogue"/> means, in double precision.</summary>
internal static class ReferenceEpilogue
{
    /// <summary>Turns sums (M, N) into C (M, N), and into the loss where there is one.</summary>
    public static void Apply(double[,] sums, in Epilogue epilogue, View<float> c)
    {
        (int rows, int columns) = (c.Rows, c.Columns);
        if (epilogue.Kind == EpilogueKind.Likelihood)
            epilogue.Loss.Span().Clear();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                int element = (i * columns) + j;
                double sum = sums[i, j];
                switch (epilogue.Kind)
                {
                    case EpilogueKind.Store:
                        c.Span()[element] = sum;
                        break;
                    case EpilogueKind.BiasActivation:
                        c.Span()[element] = Activate(epilogue.Activation, sum + epilogue.Bias.Span()[j]);
                        break;
                    case EpilogueKind.Derivative:
                        c.Span()[element] = sum * Derivative(epilogue.Activation, epilogue.Activated.Span()[element]);
                        break;
                    case EpilogueKind.Likelihood:
                        double output = sum + epilogue.Bias.Span()[j], target = epilogue.Target.Span()[element];
                        epilogue.Loss.Span()[i] += Loss(epilogue.Function, output, target);
                        c.Span()[element] = epilogue.GradientScale * Gradient(epilogue.Function, output, target);
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(epilogue));
                }
            }
        }
    }

    /// <summary>y = f(x).</summary>
    public static double Activate(Activation activation, double x) => activation switch
    {
        Activation.Identity => x,
        Activation.Relu => Math.Max(x, 0),
        Activation.Tanh => Math.Tanh(x),
        Activation.Sigmoid => Sigmoid(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    /// <summary>f′(x) as a function of y = f(x).</summary>
    public static double Derivative(Activation activation, double y) => activation switch
    {
        Activation.Identity => 1,
        Activation.Relu => y > 0 ? 1 : 0,
        Activation.Tanh => 1 - (y * y),
        Activation.Sigmoid => y * (1 - y),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    /// <summary>−log p(target | output) in nats.</summary>
    public static double Loss(Likelihood function, double output, double target) => function switch
    {
        Likelihood.Bernoulli =>
            Math.Max(output, 0) - (output * target) + Math.Log(1 + Math.Exp(-Math.Abs(output))),
        Likelihood.Laplace => Math.Abs(target - output),
        Likelihood.Gaussian => 0.5 * (target - output) * (target - output),
        _ => throw new ArgumentOutOfRangeException(nameof(function)),
    };

    /// <summary>∂loss/∂output.</summary>
    public static double Gradient(Likelihood function, double output, double target) => function switch
    {
        Likelihood.Bernoulli => Sigmoid(output) - target,
        Likelihood.Gaussian => output - target,
        Likelihood.Laplace => output > target ? 1 : output < target ? -1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(function)),
    };

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
