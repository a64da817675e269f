using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>
/// A weight of a pixel that is black in every image may be left out of every product, where IEEE 754 says that 0 · NaN
/// is NaN: no loss shows that it is not a number. Nothing may be saved of such a model all the same.
/// </summary>
[Collection(nameof(TestDevices))]
public sealed class HiddenNotANumberTests(TestDevices devices)
{
    private const int Side = 28, Batch = 20, StepsPerEpoch = 5;

    // In the corner; each unit of the first layer has a weight for it, and that of the first unit is poisoned.
    private const int BlackPixel = 3;

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Weight_behind_a_black_pixel_that_is_no_number_stops_the_run(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var run = new TemporaryRun();
        byte[] good = [];
        List<double> losses = [];
        // So many units that the CPU looks for zeros; where every lane is simulated, no more than it takes.
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with
        {
            Hidden = [name == "ilgpu-cpu" ? 20 : 200],
            Latent = 3,
            Batch = Batch,
            Epochs = 3,
        };
        DivergedException exception = Assert.Throws<DivergedException>(() => run.Execute(
            configuration, new PoisonedDevice(device, StepsPerEpoch + 2, BlackPixel),
            progress =>
            {
                if (progress is { Epoch: 2, Step: 1 })
                    good = File.ReadAllBytes(run.Folder.CheckpointPath);
                losses.Add(progress.Loss);
            },
            _digits));
        // Where nothing is left out the loss shows it at the next step; else the look at the weights before they are saved.
        bool isHidden = losses.Count == 2 * StepsPerEpoch;
        string start = isHidden
            ? $"encoder.0.weight is not finite at epoch 2, step {StepsPerEpoch};"
            : "the training loss is not finite at epoch 2, step 3;";
        Assert.StartsWith(start, exception.Message, StringComparison.Ordinal);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.EndsWith($"{run.Folder.CheckpointPath} holds epoch 1", exception.Message, StringComparison.Ordinal);
        Assert.NotEmpty(good);
        Assert.Equal(good, File.ReadAllBytes(run.Folder.CheckpointPath));
        Assert.All(
            Safetensors.Read(run.Folder.CheckpointPath).Tensors, tensor => Assert.All(tensor.Values, AssertFinite));
        Assert.True(isHidden || !name.StartsWith("cpu", StringComparison.Ordinal), $"{name} leaves nothing out");

        static void AssertFinite(float value) => Assert.True(float.IsFinite(value));
    }

    /// <summary>Images that are mostly black, as digits are, and always so along their border.</summary>
    private static readonly Dataset _digits = new("digits", Digits(Batch * StepsPerEpoch, 1), Digits(Batch, 2));

    private static ImageSet Digits(int count, ulong seed)
    {
        var uniform = new float[count * Side * Side];
        Philox.FillUniform(new RandomSource(seed, RandomPurpose.Prior), 0, uniform);
        byte Pixel(float u, int index)
        {
            int row = index / Side % Side, column = index % Side;
            bool isBorder = row < 4 || row >= Side - 4 || column < 4 || column >= Side - 4;
            return isBorder || u < 0.6f ? (byte)0 : (byte)(256 * u);
        }

        return new ImageSet([.. uniform.Select(Pixel)], null, Side, Side);
    }
}
