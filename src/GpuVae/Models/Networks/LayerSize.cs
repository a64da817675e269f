using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>A layer of a network in its place.</summary>
/// <param name="Part">encoder or decoder.</param>
/// <param name="Text">The layer as a person writes it.</param>
/// <param name="Size">What it gives and costs, with what follows it.</param>
public sealed record PlannedLayer(string Part, string Text, LayerSize Size);

/// <summary>What layers give and cost, known by building them on a device that only counts.</summary>
/// <param name="Output">The shape of an example that comes out.</param>
/// <param name="Parameters">Numbers that are learned.</param>
/// <param name="Flops">Floating-point operations of an example's way forward.</param>
public readonly record struct LayerSize(Shape Output, long Parameters, double Flops)
{
    /// <summary>Builds layers for one example, and counts.</summary>
    /// <param name="layers">They can be used no more: make them anew.</param>
    /// <param name="input">What the first sees.</param>
    /// <exception cref="UserException">A layer cannot take what the one before it gives.</exception>
    internal static LayerSize Of(IEnumerable<ILayer> layers, Shape input)
    {
        ILayer[] all = [.. layers];
        if (all.Length == 0)
            return new LayerSize(input, 0, 0);
        using var device = new MeasuringDevice();
        using var arena = new ParameterArena(device);
        var memory = new List<IDisposable>();
        var builder = new LayerBuilder(device, arena, memory, "", images: 1, rows: 1);
        var sequential = new Sequential(all);
        Shape output = sequential.Build(input, builder);
        arena.Allocate();
        sequential.Forward(PassContext.Use, builder.Allocate(1, input.Size), Epilogue.Store, builder.Allocate(1, output.Size));
        return new LayerSize(output, arena.Count, device.Flops);
    }
}
