using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Memory that rows of layers have in turn, such as the encoder and the decoder, of which one is done before the other begins. Each
/// says what it needs, and the largest need of a place is taken.
/// </summary>
internal sealed class SharedMemory
{
    private readonly List<(int Place, long Length, Action<DeviceBuffer<float>> Take)> _needs = [];

    /// <summary>Asks for numbers in a place that others ask for too.</summary>
    /// <param name="place">Which memory.</param>
    /// <param name="rows">Rows of a matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="take">Is given the matrix by <see cref="Allocate"/>.</param>
    public void Ask(int place, int rows, int columns, Action<View<float>> take)
    {
        LayerBuilder.RequireCountable(rows, columns);
        _needs.Add((place, (long)rows * columns, buffer => take(new View<float>(buffer, 0, rows, columns))));
    }

    /// <summary>Takes the memory, when all have asked.</summary>
    public void Allocate(LayerBuilder builder)
    {
        foreach (var needs in _needs.GroupBy(need => need.Place))
        {
            View<float> memory = builder.Allocate(1, (int)needs.Max(need => need.Length));
            foreach ((_, _, Action<DeviceBuffer<float>> take) in needs)
                take(memory.Buffer);
        }
    }
}
