using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>Between the parameters of a model and the tensors of a file.</summary>
internal static class ParameterTensors
{
    /// <summary>Makes the exception that says what is wrong with tensors.</summary>
    /// <param name="what">What.</param>
    /// <param name="isDamage">Whether they are damaged; else they are another model's.</param>
    public delegate UserException Fault(string what, bool isDamage);

    /// <summary>The parameters as a file has them, copied.</summary>
    public static NamedTensor[] Copy(IDevice device, ParameterArena arena) =>
    [
        .. arena.Saved.Select(saved =>
        {
            var values = new float[saved.Value.Length];
            saved.Download(device, values);
            return new NamedTensor(saved.Name, [.. saved.Shape], values);
        }),
    ];

    /// <summary>Every tensor of the arena: there, of the same shape, and finite; and no other.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="arena">Its parameters.</param>
    /// <param name="tensors">As a file has them.</param>
    /// <param name="fault">Says what is wrong.</param>
    /// <exception cref="UserException">Of <paramref name="fault"/>.</exception>
    public static void Load(IDevice device, ParameterArena arena, IEnumerable<NamedTensor> tensors, Fault fault)
    {
        var byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (SavedTensor saved in arena.Saved)
        {
            if (!byName.Remove(saved.Name, out NamedTensor? tensor))
                throw fault($"there is no tensor {saved.Name}", isDamage: false);
            if (!tensor.Shape.SequenceEqual(saved.Shape))
                throw fault($"{saved.Name} has the shape {Text(tensor.Shape)}, not {Text(saved.Shape)}", isDamage: false);
            int position = Array.FindIndex(tensor.Values, value => !float.IsFinite(value));
            if (position >= 0)
                throw fault($"{saved.Name} has a number that is not finite at position {position}", isDamage: true);
            saved.Upload(device, tensor.Values);
        }
        if (byName.Count > 0)
            throw fault($"the model has no tensor {QuotedText.Excerpt(byName.Keys.First())}", isDamage: false);
    }

    private static string Text(int[] shape) => $"({string.Join(", ", shape)})";
}
