using System.Globalization;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>
/// Finds where a training went wrong. Steps ask the host for nothing, so that a loss that is not finite is seen later
/// than it arose, when it has spread to everything; but the steps since the last checkpoint can be done again, and give
/// the same bits, this time with a look at each.
/// </summary>
internal sealed class DivergenceSearch(IDevice backend, ParameterArena arena, Trainer trainer)
{
    private readonly float[] _gradients = new float[arena.Gradients.Length];
    private readonly float[] _values = new float[arena.Values.Length];

    /// <summary>Goes again from a place, which the arena stands at, and looks at each step.</summary>
    /// <param name="place">The place; null for the start of the training.</param>
    /// <param name="epoch">The epoch where the loss was not finite.</param>
    /// <param name="step">The step in it, from 1.</param>
    /// <returns>What was first not finite, for a sentence; null where all is finite up to there.</returns>
    public string? Find(TrainingPlace? place, int epoch, int step)
    {
        for (int current = place?.Epoch ?? 1; current <= epoch; current++)
        {
            trainer.BeginEpoch(current, current == place?.Epoch ? place.Losses : []);
            int last = current < epoch ? trainer.StepsPerEpoch : step;
            while (trainer.StepInEpoch < last)
            {
                trainer.Step();
                if (Look() is string what)
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
    private string? Look()
    {
        backend.Download<float>(arena.Gradients, _gradients);
        backend.Download<float>(arena.Values, _values);
        return Last(_gradients) is string gradient ? $"the gradient of {gradient}" : Last(_values);
    }

    private string? Last(float[] numbers) =>
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
