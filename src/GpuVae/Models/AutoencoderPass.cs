using GpuVae.Kernels;

namespace GpuVae.Models;

/// <content>A pass: from images to their losses, and back to gradients.</content>
public sealed partial class Autoencoder
{
    /// <summary>One draw of the code and its loss for each image, as at use.</summary>
    /// <param name="x">(B, D) clean images, B up to <see cref="Capacity"/>.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of every random number.</param>
    /// <param name="noise">Where the code draws from.</param>
    /// <returns>Views that last until the next pass.</returns>
    public ForwardPass Forward(View<float> x, View<int> counters, RandomSource noise) =>
        Forward(x, new CodeDraws(counters, noise), objective: null);

    /// <summary>
    /// The draws of each image's code and their loss. The decoder's last product turns logits into their loss and its
    /// gradient at once, so logits never reach memory.
    /// </summary>
    /// <param name="x">(B, D) clean images, B up to <see cref="Capacity"/> and B·K up to <see cref="DrawCapacity"/>.</param>
    /// <param name="draws">Where noise comes from.</param>
    /// <param name="objective">The objective's own part, or null: one draw.</param>
    /// <returns>Views that last until the next pass.</returns>
    public ForwardPass Forward(View<float> x, in CodeDraws draws, IObjectivePass? objective)
    {
        int rows = x.Rows, samples = objective?.Samples ?? 1;
        LossTerms terms = TermsWith(objective);
        var losses = new View<float>(_losses.Buffer, 0, terms.Count, rows);
        View<float> reconstructionLoss = terms.Row(losses, LossTerm.Reconstruction);
        View<float> codeLosses = _code.Terms.Count == 0 ? default : losses.RowRange(1, _code.Terms.Count);

        // x̃ ~ C(x̃ | x)
        View<float> input = Corrupt(x, draws.Counters, draws.Noise.From((long)draws.FirstRow * x.Columns));

        // head = e(x̃)
        var context = new PassContext(
            draws.Noise.Purpose == RandomPurpose.TrainingCode, draws.Counters, draws.Noise, draws.FirstRow);
        View<float> head = Head(context, input);

        // z ~ q(z | x̃), KL(q(z | x̃) ‖ p(z))
        View<float> z = _code.Forward(head, draws, samples, codeLosses);

        // −log p(x | z) with outputs d(z), and ∂L/∂d(z)
        View<float> reconstruction = samples == 1
            ? reconstructionLoss
            : new View<float>(_reconstruction.Buffer, 0, 1, z.Rows);
        View<float> similarityLoss = Similarity is null ? default : terms.Row(losses, Similarity.Term);
        View<float> similarity = samples == 1 || Similarity is null
            ? similarityLoss
            : new View<float>(_drawSimilarity.Buffer, 0, 1, z.Rows);
        View<float> outputGradient = Reconstruct(
            context with { FirstRow = draws.FirstRow * samples }, z, x, objective?.OutputScale(rows) ?? 1f / rows, reconstruction,
            similarity);
        if (samples > 1)
            _device.Run(new SumGroups(reconstruction.Reshape(z.Rows, 1), samples, reconstructionLoss.Reshape(rows, 1)));
        if (samples > 1 && Similarity is not null)
            _device.Run(new SumGroups(similarity.Reshape(z.Rows, 1), samples, similarityLoss.Reshape(rows, 1)));

        var pass = new ForwardPass(input, head, z, outputGradient, reconstruction, terms, losses, objective);
        objective?.Measure(pass);
        return pass;
    }

    /// <summary>
    /// ∂L/∂θ into <see cref="ParameterArena.Gradients"/>, for L = the batch's mean of −log p(x | z) + w · KL with the
    /// step's w from the schedule, or of what the pass's own objective makes of it.
    /// </summary>
    /// <param name="pass">What <see cref="Forward(View{float}, in CodeDraws, IObjectivePass)"/> just returned.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    public void Backward(in ForwardPass pass, View<float> schedule, View<int> counters)
    {
        BackwardDecoder(pass);
        BackwardEncoder(pass, schedule, counters);
    }

    /// <summary>The first half of <see cref="Backward"/>: the gradients of decoder and likelihood are there after it.</summary>
    internal void BackwardDecoder(in ForwardPass pass)
    {
        int rows = pass.Input.Rows;
        View<float> zGradient = _zGradient.RowRange(0, pass.Z.Rows);
        Likelihood.Backward(
            pass.Reconstruction, pass.Objective?.DrawWeights(rows) ?? default,
            pass.Objective?.OutputScale(rows) ?? 1f / rows);
        pass.Objective?.WeighOutputs(pass);
        Decoder.Backward(
            pass.Z, output: default, pass.OutputGradient, _code.GradientEpilogue(pass.Z), zGradient);
    }

    /// <summary>The second half.</summary>
    internal void BackwardEncoder(in ForwardPass pass, View<float> schedule, View<int> counters)
    {
        int rows = pass.Input.Rows;
        View<float> zGradient = _zGradient.RowRange(0, pass.Z.Rows);
        DivergenceGradient divergence = pass.Objective?.WeighDivergence(pass, zGradient) ?? default;
        View<float> headGradient = _code.Backward(
            pass.Head, zGradient, new CodeGradient(schedule, counters, 1f / rows, divergence));
        Encoder.Backward(pass.Input, pass.Head, headGradient, Epilogue.Store, inputGradient: default);
    }

    /// <summary>What the encoder sees of images in a pass that draws its codes from <paramref name="code"/>.</summary>
    /// <param name="x">(B, D) clean images.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
    /// <param name="code">Where the code draws from: training and evaluation have corruptions of their own.</param>
    /// <returns>x̃ (B, D); x itself without a corruption. It lasts until the next call.</returns>
    public View<float> Corrupt(View<float> x, View<int> counters, RandomSource code)
    {
        RandomPurpose purpose = code.Purpose == RandomPurpose.TrainingCode
            ? RandomPurpose.TrainingCorruption
            : RandomPurpose.EvaluationCorruption;
        return _corruption.Apply(x, counters, code with { Purpose = purpose });
    }

    /// <summary>e(x̃).</summary>
    private View<float> Head(in PassContext context, View<float> input)
    {
        View<float> head = _head.RowRange(0, input.Rows);
        Encoder.Forward(context, input, Epilogue.Store, head);
        return head;
    }

    /// <summary>
    /// The loss of each draw's picture against its image, and its scaled gradient by the outputs; with the term of their similarity
    /// where <paramref name="similarity"/> is not empty.
    /// </summary>
    private View<float> Reconstruct(
        in PassContext context, View<float> z, View<float> x, float gradientScale, View<float> reconstruction,
        View<float> similarity = default)
    {
        View<float> target = x;
        if (z.Rows != x.Rows)
            _device.Run(new RepeatRows(x, target = _target.RowRange(0, z.Rows)));
        View<float> outputGradient = _output.RowRange(0, z.Rows);
        Epilogue loss = Likelihood.LossEpilogue(target, gradientScale, reconstruction);
        if (similarity.IsEmpty)
        {
            Decoder.Forward(context, z, loss, outputGradient);
            Likelihood.Adjust(target, gradientScale, reconstruction, outputGradient);
            return outputGradient;
        }
        // The outputs themselves are needed before their gradient takes their place.
        Decoder.Forward(context, z, Epilogue.Store, outputGradient);
        Similarity!.Measure(target, outputGradient, similarity);
        _device.ApplyEpilogue(loss, outputGradient);
        Likelihood.Adjust(target, gradientScale, reconstruction, outputGradient);
        Similarity.AddGradient(gradientScale, outputGradient);
        return outputGradient;
    }
}
