using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>A log that missed a difference would let every comparison of steps pass.</summary>
public sealed class CallLogTests
{
    [Fact]
    public void Every_other_view_and_every_other_setting_gives_another_line()
    {
        using var reference = new ReferenceDevice();
        using DeviceBuffer<float> one = reference.Allocate<float>(12), other = reference.Allocate<float>(12);
        using DeviceBuffer<float> third = reference.Allocate<float>(12);
        View<float> a = one.AsMatrix(2, 2), c = other.AsMatrix(2, 2);
        View<float> bias = new(third, 0, 1, 2), loss = new(third, 8, 1, 2);
        var product = new Multiply(Orientation.NN, a, a, Epilogue.BiasActivation(bias, Activation.Relu), c);
        string[] lines =
        [
            Line(product),
            Line(product with { A = third.AsMatrix(2, 2) }),
            Line(product with { A = new View<float>(one, 4, 2, 2) }),
            Line(product with { B = new View<float>(one, 4, 2, 2) }),
            Line(product with { C = third.AsMatrix(2, 2) }),
            Line(product with { Orientation = Orientation.NT }),
            Line(product with { Epilogue = Epilogue.Store }),
            Line(product with { Epilogue = Epilogue.BiasActivation(bias, Activation.Tanh) }),
            Line(product with { Epilogue = Epilogue.BiasActivation(new View<float>(third, 2, 1, 2), Activation.Relu) }),
            Line(product with { Epilogue = Epilogue.Derivative(a, Activation.Relu) }),
            Line(product with { Epilogue = Epilogue.Derivative(third.AsMatrix(2, 2), Activation.Relu) }),
            Line(product with { Epilogue = Judge(Likelihood.Gaussian, 1, loss, bias) }),
            Line(product with { Epilogue = Judge(Likelihood.Laplace, 1, loss, bias) }),
            Line(product with { Epilogue = Judge(Likelihood.Gaussian, 2, loss, bias) }),
            Line(product with { Epilogue = Judge(Likelihood.Gaussian, 1, bias, bias) }),
            Line(product with { Epilogue = Judge(Likelihood.Gaussian, 1, loss, loss) }),
            Line(new ApplyEpilogue(a, Epilogue.Store, c)),
            Line(new Fill(1, c)),
            Line(new Fill(1, one.AsVector())),
            Line(new Fill(float.BitIncrement(1), c)),
            Line(new Fill(2, c)),
        ];
        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.Equal(lines[0], Line(product));
        Assert.StartsWith("Multiply { Orientation = NN, ", lines[0], StringComparison.Ordinal);

        Epilogue Judge(Likelihood likelihood, float scale, View<float> losses, View<float> biases) =>
            Epilogue.NegativeLogLikelihood(a, likelihood, scale, losses).WithBias(biases);

        string Line<TOperation>(TOperation operation)
            where TOperation : struct, IOperation
        {
            using var log = new CallLog(reference, replays: false);
            using IRecording recording = log.Record(() => log.Run(operation));
            recording.Replay();
            return Assert.Single(log.Replays);
        }
    }

    [Fact]
    public void Memory_copies_and_waiting_inside_a_step_are_refused()
    {
        using var reference = new ReferenceDevice();
        using DeviceBuffer<float> buffer = reference.Allocate<float>(1);
        foreach (Action<CallLog> call in (Action<CallLog>[])
            [
                log => log.Allocate<float>(1), log => log.Import(new float[1]),
                log => log.Upload([1f], buffer.AsVector()), log => log.Download(buffer.AsVector(), new float[1]), log => log.Synchronize(),
            ])
        {
            using var log = new CallLog(reference, replays: false);
            call(log);
            using IRecording step = log.Record(() => call(log));
            InvalidOperationException exception = Assert.Throws<InvalidOperationException>(step.Replay);
            Assert.EndsWith(" inside a step.", exception.Message, StringComparison.Ordinal);
        }
    }
}
