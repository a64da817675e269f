using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The third choice: what the encoder's outputs, here called its head, mean, and how the code z comes from them. Of
/// each of B images there are K draws, K = 1 for a code that is not drawn.
/// </summary>
/// <remarks>
/// The first k columns of every head make the code's mean, which is what pictures and errors are made from. What else a code
/// can do it says by an interface: <see cref="IPosteriorCode"/>, <see cref="IBinaryCode"/>.
/// </remarks>
public interface ICode
{
    /// <summary>k, the numbers in a code.</summary>
    int Units { get; }

    /// <summary>Columns of the head: k and whatever else the code needs, all from one product.</summary>
    int HeadWidth { get; }

    /// <summary>What makes the mean code of the head's first k columns, at use.</summary>
    Activation Mean => Activation.Identity;

    /// <summary>The loss terms that the code measures, besides the reconstruction.</summary>
    IReadOnlyList<LossTerm> Terms => [];

    /// <summary>Declares parameters and takes memory.</summary>
    /// <param name="builder">Knows the largest batch: heads have B rows, and z has B·K.</param>
    void Build(LayerBuilder builder);

    /// <summary>Head → z, and the code's loss terms of each image.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>).</param>
    /// <param name="draws">Where noise comes from.</param>
    /// <param name="count">K; 1 for a code that is not drawn.</param>
    /// <param name="terms">(<see cref="Terms"/>, B) to be filled, in nats; empty for a code without any.</param>
    /// <returns>z (B·K, k), the draws of image b from row b·K on.</returns>
    View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> terms);

    /// <summary>What ∂L/∂z goes through as the decoder's product stores it.</summary>
    /// <param name="z">(B·K, k) as <see cref="Forward"/> returned it.</param>
    Epilogue GradientEpilogue(View<float> z) => Epilogue.Store;

    /// <summary>∂L/∂z → ∂L/∂head, where L has gained the weighted mean of the code's terms; also its parameters' gradients.</summary>
    /// <param name="head">(B, <see cref="HeadWidth"/>) as given to <see cref="Forward"/>, which came before.</param>
    /// <param name="zGradient">(B·K, k), scaled already, after <see cref="GradientEpilogue"/>.</param>
    /// <param name="gradient">How the terms enter.</param>
    /// <returns>(B, <see cref="HeadWidth"/>).</returns>
    View<float> Backward(View<float> head, View<float> zGradient, in CodeGradient gradient);
}

/// <summary>
/// A code that is drawn from a posterior q(z | x) with a divergence KL(q(z | x) ‖ N(0, I)), which it measures as
/// <see cref="LossTerm.Divergence"/>: its prior is known, so it generates, and likelihoods can be estimated.
/// </summary>
public interface IPosteriorCode : ICode
{
    /// <summary>How a row of the head holds μ and Σ.</summary>
    Covariance Covariance { get; }

    /// <summary>log p(x | z) + log p(z) − log q(z | x) of each draw of the last <see cref="ICode.Forward"/>.</summary>
    /// <param name="head">(B, head width) as given to it.</param>
    /// <param name="z">(B·K, k) as it returned it.</param>
    /// <param name="reconstruction">(1, B·K): −log p(x | z).</param>
    /// <param name="logWeights">(B, K).</param>
    void LogWeights(View<float> head, View<float> z, View<float> reconstruction, View<float> logWeights);

    /// <summary>Each unit's part of the divergence, the mean over the batch; they add up to it.</summary>
    /// <param name="head">(B, head width).</param>
    /// <param name="divergence">(1, k) in nats.</param>
    void UnitDivergence(View<float> head, View<float> divergence);
}

/// <summary>A code whose mean is near 0 or 1 in each unit, so that its bits above ½ are an address.</summary>
public interface IBinaryCode : ICode;

/// <summary>What a code draws by.</summary>
/// <param name="Counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
/// <param name="Noise">Where draws come from.</param>
/// <param name="Order">
/// (1, N), in training: row i of a batch is image order[StepInEpoch · <paramref name="BatchSize"/> + i]. Empty at use,
/// where a code adds no noise that is there for training alone.
/// </param>
/// <param name="BatchSize">Images in a full batch.</param>
/// <param name="FirstRow">What row of the whole batch the first one is, a multiple of four; <paramref name="Order"/> begins with it.</param>
public readonly record struct CodeDraws(
    View<int> Counters, RandomSource Noise, View<int> Order = default, int BatchSize = 0, int FirstRow = 0);

/// <summary>How a code's loss terms enter the gradient.</summary>
/// <param name="Schedule">(steps, <see cref="Kernels.Schedule.Columns"/>): the weight of the divergence.</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>): which row of the schedule.</param>
/// <param name="Scale">1/B for a mean over the batch.</param>
/// <param name="Divergence">How the divergence enters, where there is one.</param>
public readonly record struct CodeGradient(
    View<float> Schedule, View<int> Counters, float Scale, DivergenceGradient Divergence);

/// <summary>What a code is made for.</summary>
/// <param name="Units">k.</param>
/// <param name="Noise">Standard deviation of the noise of a code that has such noise.</param>
public sealed record CodeSettings(int Units, double Noise = 0);
