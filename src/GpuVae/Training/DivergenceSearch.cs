using System.Globalization;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>
/// Finds where a training went wrong. Steps ask the host for nothing, so that a loss that is not finite is seen later
/// than it arose, when it has spread to everything; but the steps since the last checkpoint can be done again, and give
/// the same bits, this time looked at one by one.
/// </summary>
internal sealed class DivergenceSearch(IDevice backend, ParameterArena arena, Trainer trainer)
{
    private readonly float[] _gradients = new float[arena.Gradients.Length];
    private readonly float[] _values = new float[arena.Values.Length];

    /// <summary>Repeats the steps from a position, at which the arena stands, and looks at each.</summary>
    /// <param name="position">The position; null for the start of the training.</param>
    /// <param name="epoch">The epoch where the loss was not finite.</param>
    /// <param name="step">The step in it, from 1.</param>
    /// <returns>What was first not finite, for a sentence; null where all is finite up to there.</returns>
    public string? Find(TrainingPosition? position, int epoch, int step)
    {
        for (int current = position?.Epoch ?? 1; current <= epoch; current++)
        {
            trainer.BeginEpoch(current, current == position?.Epoch ? position.Losses : []);
            int last = current < epoch ? trainer.StepsPerEpoch : step;
            while (trainer.StepInEpoch < last)
            {
                trainer.Step();
                if (FirstNonFinite() is string what)
                {
                    return string.Create(
                        CultureInfo.InvariantCulture, $"{what} was first, at epoch {current}, step {trainer.StepInEpoch}");
                }
            }
        }
        return null;
    }

    /// <summary>
    /// The tensor nearest to the decoder's end whose gradient is not finite: gradients go from there to the encoder, and
    /// take what is not finite along.
    /// </summary>
    private string? FirstNonFinite()
    {
        backend.Download<float>(arena.Gradients, _gradients);
        backend.Download<float>(arena.Values, _values);
        return LastNonFinite(_gradients) is string gradient ? $"the gradient of {gradient}" : LastNonFinite(_values);
    }

    private string? LastNonFinite(float[] numbers) =>
        arena.Parameters.LastOrDefault(parameter =>
        {
            foreach (float number in numbers.AsSpan((int)parameter.Value.Offset, (int)parameter.Value.Length))
            {
                if (!float.IsFinite(number))
                    return true;
            }
            return false;
        })?.Shape.Name;
}
