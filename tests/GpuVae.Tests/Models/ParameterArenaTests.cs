using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Models;

public sealed class ParameterArenaTests
{
    private static readonly RunConfiguration _configuration =
        RunConfiguration.FromPreset("vae") with { Hidden = [7, 5], Latent = 3 };

    [Fact]
    public void Tensors_have_the_names_and_shapes_of_PyTorch()
    {
        using Autoencoder model = SmallModels.Build(_configuration, new ReferenceDevice(), 2);
        Assert.Equal(
            [
                "encoder.0.weight 7,15", "encoder.0.bias 7", "encoder.1.weight 5,7", "encoder.1.bias 5",
                "encoder.2.weight 6,5", "encoder.2.bias 6", "decoder.0.weight 5,3", "decoder.0.bias 5",
                "decoder.1.weight 7,5", "decoder.1.bias 7", "decoder.2.weight 15,7", "decoder.2.bias 15",
            ],
            model.Parameters.Parameters.Select(p => $"{p.Shape.Name} {string.Join(',', p.Shape.Shape)}"));
        Assert.Equal(105 + 7 + 35 + 5 + 30 + 6 + 15 + 5 + 35 + 7 + 105 + 15, model.Parameters.Count);
    }

    [Fact]
    public void Tensors_start_on_64_byte_boundaries_do_not_overlap_and_have_one_layout()
    {
        using Autoencoder model = SmallModels.Build(_configuration, new ReferenceDevice(), 2);
        long end = 0;
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            View<float> value = parameter.Value;
            Assert.Equal(0, value.Offset * sizeof(float) % 64);
            Assert.True(value.Offset >= end);
            end = value.Offset + value.Length;
            foreach (View<float> other in
                (View<float>[])[parameter.Gradient, parameter.FirstMoment, parameter.SecondMoment])
            {
                Assert.Equal((value.Offset, value.Rows, value.Columns), (other.Offset, other.Rows, other.Columns));
                Assert.NotSame(value.Buffer, other.Buffer);
            }
        }
        Assert.True(end <= model.Parameters.Values.Length);
    }

    [Fact]
    public void First_values_are_uniform_within_one_over_the_root_of_fan_in()
    {
        var device = new ReferenceDevice();
        RunConfiguration configuration = _configuration with { Hidden = [200] };
        using Autoencoder model = SmallModels.Build(configuration, device, 2);
        foreach ((string name, int fanIn) in (ReadOnlySpan<(string, int)>)
        [
            ("encoder.0.weight", SmallModels.Dimensions), ("encoder.0.bias", SmallModels.Dimensions),
            ("decoder.1.weight", 200),
        ])
        {
            float[] values = device.Read(model.Parameters[name].Value);
            double bound = 1 / Math.Sqrt(fanIn);
            Assert.All(values, value => Assert.InRange(value, -bound, bound));
            // A uniform number in ±b has variance b²/3.
            Assert.Equal(1, values.Average(value => (double)value * value) / (bound * bound / 3), 0.15);
            Assert.Equal(0, values.Average() / bound, 0.15);
        }
    }

    [Fact]
    public void Padding_stays_zero_while_training()
    {
        var device = new ReferenceDevice();
        using Autoencoder model = SmallModels.Build(_configuration, device, 4);
        using var trainer = new Trainer(
            device, model, new EvidenceLowerBound(1), SmallModels.Images(8), new TrainerSettings(4, 1e-2, 1));
        trainer.BeginEpoch(1);
        trainer.Step();
        trainer.Step();
        float[] values = device.Read(model.Parameters.Values);
        foreach (Parameter parameter in model.Parameters.Parameters)
            Array.Clear(values, (int)parameter.Value.Offset, (int)parameter.Value.Length);
        Assert.All(values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Seed_decides_the_first_values()
    {
        var device = new ReferenceDevice();
        using Autoencoder one = SmallModels.Build(_configuration, device, 2);
        using Autoencoder same = SmallModels.Build(_configuration, device, 2);
        using Autoencoder other = SmallModels.Build(_configuration with { Seed = 2 }, device, 2);
        Assert.Equal(device.Read(one.Parameters.Values), device.Read(same.Parameters.Values));
        Assert.NotEqual(device.Read(one.Parameters.Values), device.Read(other.Parameters.Values));
    }

    [Fact]
    public void Arena_that_is_too_large_is_refused_before_memory_is_taken()
    {
        using var arena = new ParameterArena(new ReferenceDevice());
        arena.Add(new ParameterShape("encoder.0.bias", [60_000], 60_000, 60_000));
        UserException exception = Assert.ThrowsAny<UserException>(
            () => arena.Add(new ParameterShape("encoder.0.weight", [60_000, 60_000], 60_000, 60_000)));
        Assert.Contains("3600060000 with encoder.0.weight", exception.Message, StringComparison.Ordinal);
        Assert.True(arena.Values.IsEmpty);
    }

    [Fact]
    public void Tensor_of_any_rank_has_memory_for_all_its_numbers()
    {
        var device = new ReferenceDevice();
        using var arena = new ParameterArena(device);
        Parameter weight = arena.Add(new ParameterShape("w", [32, 3, 3, 16], 144, 288));
        Parameter bias = arena.Add(new ParameterShape("b", [32], 144, 288));
        SavedState mean = arena.AddState("running_mean", [2, 3], 0.5);
        arena.Allocate();
        Assert.Equal((32, 144, 4608L), (weight.Value.Rows, weight.Value.Columns, weight.Value.Length));
        Assert.Equal((1, 32), (bias.Value.Rows, bias.Value.Columns));
        Assert.True(bias.Value.Offset >= weight.Value.Offset + 4608);
        Assert.Equal(4640, arena.Count);
        arena.Initialize(1);
        Assert.All(device.Read(weight.Value), value => Assert.InRange(Math.Abs(value), 0, 1 / Math.Sqrt(144)));
        Assert.Equal(Enumerable.Repeat(0.5f, 6), device.Read(mean.Value));
        Assert.Equal(["w", "b", "running_mean"], arena.Saved.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Tensors_are_declared_once_before_memory_is_taken_and_have_numbers()
    {
        using var arena = new ParameterArena(new ReferenceDevice());
        arena.Add(new ParameterShape("w", [2, 2], 2, 2));
        Assert.Throws<ArgumentException>(() => arena.AddState("w", [1], 0));
        Assert.Throws<ArgumentException>(() => arena.Add(new ParameterShape("v", [2, 0], 2, 2)));
        arena.Allocate();
        Assert.Throws<InvalidOperationException>(() => arena.Add(new ParameterShape("v", [2], 2, 2)));
    }
}
