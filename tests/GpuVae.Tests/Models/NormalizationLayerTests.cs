using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>Normalisation and dropout as layers: gradients by finite differences, running estimates, and what is refused.</summary>
[Collection(nameof(TestDevices))]
public sealed class NormalizationLayerTests(TestDevices devices)
{
    private static readonly Shape _map = new(5, 4, 3);

    private static readonly Dictionary<string, Func<ILayer>> _layers = new()
    {
        ["batch norm"] = () => new BatchNorm(),
        ["group norm, a group"] = () => new GroupNorm(1),
        ["group norm, three groups"] = () => new GroupNorm(3),
        ["dropout"] = () => new Dropout(0.4),
        ["dropout, activation"] = () => new Sequential(new Dropout(0.4), new ActivationLayer(Activation.Tanh)),
        ["conv, batch norm, activation, up"] = () => new Sequential(
            new Convolution(6, 3, 2), new BatchNorm(), new ActivationLayer(Activation.Tanh),
            new TransposedConvolution(2, 3, 2) { Size = (5, 4) }),
        ["conv, group norm, gelu, dropout, up, batch norm, conv"] = () => new Sequential(
            new Convolution(6, 3, 2), new GroupNorm(2), new ActivationLayer(Activation.Gelu), new Dropout(0.3),
            new TransposedConvolution(2, 3, 2) { Size = (5, 4) }, new BatchNorm(), new ActivationLayer(Activation.Tanh),
            new Convolution(1, 3)),
        ["activation, norm, dropout, linear"] = () => new Sequential(
            new Convolution(4, 3, 2), new ActivationLayer(Activation.Tanh), new BatchNorm(), new Dropout(0.2), new Linear(3)),
    };

    public static TheoryData<string, bool> Passes =>
        [.. from name in _layers.Keys from isTraining in (bool[])[true, false] select (name, isTraining)];

    public static TheoryData<string, string> DevicesAndLayers =>
        [.. from device in TestDevices.Names from name in _layers.Keys select (device.Data, name)];

    [Theory]
    [MemberData(nameof(Passes))]
    public void Gradients_agree_with_finite_differences(string name, bool isTraining) =>
        RequireGradients(_layers[name](), _map, 4, isTraining);

    [Theory]
    [InlineData(1, 1, 1, 5)]
    [InlineData(1, 1, 7, 3)]
    [InlineData(3, 5, 1, 1)]
    [InlineData(3, 5, 7, 2)]
    [InlineData(2, 1, 33, 1)]
    public void Gradients_agree_at_awkward_sizes(int height, int width, int channels, int rows)
    {
        var shape = new Shape(height, width, channels);
        RequireGradients(new BatchNorm(), shape, rows, isTraining: true);
        if (shape.Size > 1)
            RequireGradients(new GroupNorm(1), shape, rows, isTraining: true);
        if (height * width > 1)
            RequireGradients(new GroupNorm(channels), shape, rows, isTraining: true);
    }

    /// <summary>Two passes of training and one at use: outputs, gradients and running estimates are those of double precision.</summary>
    [Theory]
    [MemberData(nameof(DevicesAndLayers))]
    public void Devices_agree_with_double_precision(string device, string name)
    {
        IDevice tested = devices.Open(device);
        float[][] expected = Run(new ReferenceDevice()), actual = Run(tested);
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(SmallModels.RelativeDistance(actual[i], expected[i]), 0, 1e-4);

        float[][] Run(IDevice on)
        {
            using var built = new BuiltLayer(_layers[name](), on, rows: 7, shape: new Shape(3, 5, 6));
            List<float[]> results = [];
            foreach (int step in (int[])[4, 5])
            {
                built.Context = Training(on, step);
                built.Backward();
                results.AddRange([on.Read(built.Output), on.Read(built.InputGradient), on.Read(built.Parameters.Gradients)]);
            }
            results.AddRange(built.Parameters.States.Select(state => on.Read(state.Value)));
            built.Context = PassContext.Use;
            built.Forward(Epilogue.Store);
            return [.. results, on.Read(built.Output)];
        }
    }

    [Fact]
    public void Running_estimates_are_those_of_PyTorch()
    {
        var device = new ReferenceDevice();
        var layer = new BatchNorm(momentum: 0.25, epsilon: 0.5);
        using var built = new BuiltLayer(layer, device, rows: 2, shape: new Shape(2, 1, 2));
        // Channel 0: 1, 2, 3, 6 with mean 3 and Σ(x − 3)² = 14; channel 1: 0, 0, 4, 0 with mean 1 and 12.
        device.Upload([1f, 0, 2, 0, 3, 4, 6, 0], built.Input);
        SavedState mean = built.Parameters.States[0], variance = built.Parameters.States[1];
        Assert.Equal(("running_mean", "running_var"), (mean.Name, variance.Name));
        Assert.Equal([0, 0], device.Read(mean.Value));
        Assert.Equal([1, 1], device.Read(variance.Value));

        built.Context = Training(device, 1);
        built.Forward(Epilogue.Store);
        Assert.Equal((1 - 3) / Math.Sqrt(3.5 + 0.5), ReferenceDevice.Read(built.Output)[0], 1e-6);
        Assert.Equal([0.75f, 0.25f], device.Read(mean.Value));
        // 0.75 · 1 + 0.25 · 14/3, and of 12/3.
        Assert.Equal(0.75 + (0.25 * 14 / 3), ReferenceDevice.Read(variance.Value)[0], 1e-6);
        Assert.Equal(0.75 + (0.25 * 12 / 3), ReferenceDevice.Read(variance.Value)[1], 1e-6);

        built.Context = PassContext.Use;
        built.Forward(Epilogue.Store);
        built.Forward(Epilogue.Store);
        Assert.Equal([0.75f, 0.25f], device.Read(mean.Value));
        Assert.Equal((6 - 0.75) / Math.Sqrt(0.75 + (0.25 * 14 / 3) + 0.5), ReferenceDevice.Read(built.Output)[6], 1e-6);
    }

    [Fact]
    public void Activation_after_a_norm_is_its_epilogue()
    {
        var log = new OperationLog(new ReferenceDevice());
        using var built = new BuiltLayer(
            new Sequential(
                new Convolution(4, 3, 2), new BatchNorm(), new ActivationLayer(Activation.Relu), new Convolution(1, 3)),
            log, shape: _map);
        built.Context = Training(log, 1);
        log.Names.Clear();
        built.Backward();
        Assert.Equal(
            [
                "Convolve", "Moments", "MovingAverage", "MovingAverage", "Normalize", "Convolve", "Normalize",
                "ConvolutionWeightGradient", "SumColumns", "ConvolveTransposed", "NormalizeParameterGradient",
                "NormalizeGradient", "ConvolutionWeightGradient", "SumColumns", "ConvolveTransposed",
            ],
            log.Names);
    }

    [Fact]
    public void Scales_start_at_one_whatever_draws_the_other_parameters()
    {
        foreach (IInitializer initializer in (IInitializer[])[new TorchInitializer(), new GlorotInitializer()])
        {
            using var built = new BuiltLayer(
                new Sequential(new Convolution(4, 3, 2), new BatchNorm(), new GroupNorm(2)), new ReferenceDevice(), shape: _map);
            built.Parameters.Initialize(5, initializer);
            foreach (string layer in (string[])["1", "2"])
            {
                Assert.All(ReferenceDevice.Read(built.Parameters[$"{layer}.weight"].Value), value => Assert.Equal(1, value));
                Assert.All(ReferenceDevice.Read(built.Parameters[$"{layer}.bias"].Value), value => Assert.Equal(0, value));
            }
            Assert.Contains(ReferenceDevice.Read(built.Parameters["0.weight"].Value), value => value is not 0 and not 1);
            Assert.Equal(["1.running_mean", "1.running_var"], built.Parameters.States.Select(state => state.Name));
        }
    }

    [Fact]
    public void Layers_of_dropout_leave_out_other_numbers_in_each_step_and_none_at_use()
    {
        var device = new ReferenceDevice();
        ILayer[] layers = [new Dropout(0.5), new Dropout(0.5)];
        using var built = new BuiltLayer(new Sequential(layers), device, rows: 8, shape: _map);
        double[] ones = [.. Enumerable.Repeat(1.0, (int)built.Input.Length)];
        ReferenceDevice.Write(ones, built.Input);
        built.Context = Training(device, 1);
        built.Forward(Epilogue.Store);
        double[] first = ReferenceDevice.Read(built.Output);
        // Both leave it in with probability 1/4, and then it is 4; the same mask twice would leave half.
        Assert.InRange(first.Count(value => value == 4), 0.15 * ones.Length, 0.35 * ones.Length);
        Assert.All(first, value => Assert.True(value is 0 or 4));
        built.Context = Training(device, 2);
        built.Forward(Epilogue.Store);
        Assert.NotEqual(first, ReferenceDevice.Read(built.Output));
        built.Context = PassContext.Use;
        built.Forward(Epilogue.Store);
        Assert.Equal(ones, ReferenceDevice.Read(built.Output));
    }

    [Theory]
    [InlineData(2, 3, "group norm divides 3 channels in no 2 equal groups")]
    [InlineData(6, 6, "group norm of 6 in 6 groups has one number in each")]
    public void Groups_that_cannot_be_are_refused(int groups, int channels, string message) => Assert.Contains(
        message,
        Assert.Throws<UserException>(
            () => new BuiltLayer(new GroupNorm(groups), new ReferenceDevice(), inputs: channels)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Numbers_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm(momentum: 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm(epsilon: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GroupNorm(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GroupNorm(1, epsilon: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(-0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(double.NaN));
    }

    /// <summary>21 images in batches of 4 leave one, which has no variance: the running estimates stand in and do not move.</summary>
    [Fact]
    public void A_last_batch_of_one_image_takes_the_running_estimates_and_batches_of_one_are_refused()
    {
        using var device = new ReferenceDevice();
        using Autoencoder model = Model(device);
        using (var trainer = new Trainer(device, model, new Reconstruction(), SmallModels.Images(21), new TrainerSettings(4, 1e-2, 1)))
        {
            SavedState mean = model.Parameters.States[0];
            trainer.BeginEpoch(1);
            float[] before = [];
            for (int step = 0; step < 6; step++)
            {
                float[] now = device.Read(mean.Value);
                Assert.Equal(step != 0, now.Any(value => value != 0));
                Assert.NotEqual(before, now);
                before = now;
                trainer.Step();
            }
            Assert.Equal(before, device.Read(mean.Value));
            Assert.True(double.IsFinite(trainer.ReadLoss().Mean));
        }
        string message = Assert.Throws<UserException>(
            () => new Trainer(device, model, new Reconstruction(), SmallModels.Images(21), new TrainerSettings(1, 1e-2, 1))).Message;
        Assert.StartsWith("encoder.1.0: batch norm of one image", message, StringComparison.Ordinal);
        Assert.Contains("--batch 2", message, StringComparison.Ordinal);
    }

    /// <summary>A whole model of norms and dropout, by central differences of its loss of training.</summary>
    [Fact]
    public void Gradients_of_a_whole_model_agree_with_finite_differences()
    {
        using var device = new ReferenceDevice();
        using Autoencoder model = Model(device);
        model.Parameters.Initialize(3);
        const int Rows = 5;
        View<float> x = device.Allocate<float>(Rows * SmallModels.Dimensions).AsMatrix(Rows, SmallModels.Dimensions);
        device.Upload<float>(SmallModels.Scaled(SmallModels.Images(Rows)), x);
        View<int> counters = device.Allocate<int>(Counter.Count).AsVector();
        View<float> schedule = device.Allocate<float>(Schedule.Columns).AsMatrix(1, Schedule.Columns);
        device.Upload<float>([0, 0, 1, 0], schedule);
        var noise = new RandomSource(5, RandomPurpose.TrainingCode);

        double Loss()
        {
            ForwardPass pass = model.Forward(x, counters, noise);
            return pass.Terms.All.Sum(term => ReferenceDevice.Read(pass.Losses(term)).Average());
        }

        model.Backward(model.Forward(x, counters, noise), schedule, counters);
        double[] gradient = ReferenceDevice.Read(model.Parameters.Gradients);
        double[] start = ReferenceDevice.Read(model.Parameters.Values);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            for (long i = parameter.Value.Offset; i < parameter.Value.Offset + Math.Min(parameter.Value.Length, 9); i++)
            {
                double[] moved = [.. start];
                double At(double value)
                {
                    moved[i] = value;
                    ReferenceDevice.Write(moved, model.Parameters.Values);
                    return Loss();
                }

                const double Step = 1e-4;
                double expected = (At(start[i] + Step) - At(start[i] - Step)) / (2 * Step);
                Assert.True(
                    Math.Abs(expected - gradient[i]) <= 1e-4 + (1e-3 * Math.Abs(expected)),
                    $"{parameter.Shape.Name}[{i}]: {gradient[i]}, by differences {expected}");
            }
        }
    }

    private static Autoencoder Model(IDevice device)
    {
        NetworkSettings network = NetworkSettings.Dense(
            [9],
            () => new Sequential(new BatchNorm(), new ActivationLayer(Activation.Tanh), new Dropout(0.2), new GroupNorm(3)));
        var model = new Autoencoder(
            device, Shape.Vector(SmallModels.Dimensions), 21, new NoCorruption(), network, new PointCode(4),
            new GaussianLikelihood());
        model.Parameters.Initialize(1);
        return model;
    }

    private static PassContext Training(IDevice device, int step)
    {
        View<int> counters = device.Allocate<int>(Counter.Count).AsVector();
        device.Upload([0, step], counters);
        return new PassContext(true, counters, new RandomSource(9, RandomPurpose.TrainingCode));
    }

    private static void RequireGradients(ILayer layer, Shape shape, int rows, bool isTraining)
    {
        var device = new ReferenceDevice();
        using var built = new BuiltLayer(layer, device, rows, shape: shape);
        // Where scales are 1 and biases 0, a gradient may leave them out.
        foreach (Parameter parameter in built.Parameters.Parameters.Where(one => one.Shape.Start is not null))
        {
            double[] values = ReferenceDevice.Read(parameter.Value);
            ReferenceDevice.Write([.. values.Select((value, i) => value + (0.3 * Math.Sin(i + 1)))], parameter.Value);
        }
        built.Context = isTraining ? Training(device, 3) : PassContext.Use;
        built.Backward();
        built.RequireGradients();
    }
}
