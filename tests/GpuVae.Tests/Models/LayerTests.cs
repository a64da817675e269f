using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>Layers by finite differences, and that what is fused equals what is applied apart.</summary>
public sealed class LayerTests
{
    private static readonly Activation _square = Activation.Of<Square>("square");

    /// <summary>Rows of layers, by a name for the test's output.</summary>
    private static readonly Dictionary<string, Func<ILayer>> _layers = new()
    {
        ["linear"] = () => new Linear(3),
        ["activation alone"] = () => new ActivationLayer(Activation.Tanh),
        ["linear, activation"] = () => new Sequential(new Linear(3), new ActivationLayer(Activation.Sigmoid)),
        ["activation first"] = () => new Sequential(new ActivationLayer(Activation.Tanh), new Linear(3)),
        ["two activations"] = () => new Sequential(
            new Linear(6), new ActivationLayer(Activation.Tanh), new ActivationLayer(Activation.Sigmoid), new Linear(3)),
        ["derivative of the input"] = () => new Sequential(
            new Linear(6), new ActivationLayer(_square), new Linear(3), new ActivationLayer(_square)),
        ["row in a row"] = () => new Sequential(
            new Sequential(new Linear(4), new ActivationLayer(Activation.Tanh)),
            new Sequential(new Linear(3), new ActivationLayer(_square)), new ActivationLayer(Activation.Tanh)),
    };

    public static TheoryData<string> Names => [.. _layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_agree_with_finite_differences(string name)
    {
        using var built = new BuiltLayer(_layers[name](), new ReferenceDevice());
        built.Backward();
        built.RequireGradients();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Last_epilogue_is_that_of_the_plain_outputs(string name)
    {
        var device = new ReferenceDevice();
        using var built = new BuiltLayer(_layers[name](), device);
        built.Forward(Epilogue.Store);
        double[] plain = ReferenceDevice.Read(built.Output);
        built.Forward(Epilogue.Activate(Activation.Sigmoid));
        double[] activated = ReferenceDevice.Read(built.Output);
        Assert.Equal(plain.Length, activated.Length);
        for (int i = 0; i < plain.Length; i++)
            Assert.Equal(1 / (1 + Math.Exp(-plain[i])), activated[i], 1e-12);
    }

    [Fact]
    public void Activation_after_a_layer_is_its_epilogue_and_costs_no_operation()
    {
        var log = new OperationLog(new ReferenceDevice());
        using var built = new BuiltLayer(
            new Sequential(new Linear(6), new ActivationLayer(Activation.Relu), new Linear(3)), log);
        log.Names.Clear();
        built.Backward();
        Assert.Equal(
            ["Multiply", "Multiply", "LinearGradient", "LinearGradient"], log.Names);
    }

    [Fact]
    public void Tensors_are_counted_without_the_activations_that_follow_a_layer()
    {
        using var built = new BuiltLayer(
            new Sequential(
                new ActivationLayer(Activation.Tanh), new Linear(6), new ActivationLayer(Activation.Relu), new Linear(3)),
            new ReferenceDevice());
        Assert.Equal(
            ["1.weight", "1.bias", "2.weight", "2.bias"], built.Parameters.Parameters.Select(one => one.Shape.Name));
    }

    [Fact]
    public void Layer_that_stands_at_two_places_is_refused()
    {
        var layer = new Sequential(new Linear(5));
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => new BuiltLayer(new Sequential(layer, new Linear(5), layer), new ReferenceDevice()));
        Assert.StartsWith("One Sequential stands at two places", exception.Message, StringComparison.Ordinal);

        var network = NetworkSettings.Dense([4], () => layer);
        Assert.Throws<ArgumentException>(() => new Autoencoder(
            new ReferenceDevice(), Shape.Vector(5), 2, new NoCorruption(), network, new PointCode(2),
            new GaussianLikelihood()));
    }

    [Fact]
    public void Row_of_no_layers_is_refused() => Assert.Throws<ArgumentException>(() => new Sequential());

    /// <summary>y = x², whose derivative needs x.</summary>
    private readonly struct Square : IActivationFunction
    {
        public static bool DerivativeNeedsInput => true;

        public static float Apply(float x) => x * x;

        public static float Derivative(float saved) => 2 * saved;
    }
}

/// <summary>Notes the operations that another device runs.</summary>
internal sealed class OperationLog(IDevice inner) : Cases.ForwardingDevice(inner)
{
    public List<string> Names { get; } = [];

    public override void Run<TOperation>(in TOperation operation)
    {
        Names.Add(typeof(TOperation).Name);
        Inner.Run(in operation);
    }
}

/// <summary>A layer with random parameters and inputs, and the loss L = Σ c ⊙ y of its outputs.</summary>
internal sealed class BuiltLayer : IDisposable
{
    private readonly IDevice _device;
    private readonly ILayer _layer;
    private readonly List<IDisposable> _memory = [];
    private readonly View<float> _weights; // c

    public BuiltLayer(ILayer layer, IDevice device, int rows = 4, int inputs = 5, Shape? shape = null)
    {
        Shape input = shape ?? Shape.Vector(inputs);
        inputs = input.Size;
        _device = device;
        _layer = layer;
        Parameters = new ParameterArena(device);
        var builder = new LayerBuilder(device, Parameters, _memory, "", rows, rows);
        Shape output = layer.Build(input, builder);
        Parameters.Allocate();
        Parameters.Initialize(seed: 7);
        Input = builder.Allocate(rows, inputs);
        InputGradient = builder.Allocate(rows, inputs);
        Output = builder.Allocate(rows, output.Size);
        _weights = builder.Allocate(rows, output.Size);
        Fill(Input, 1);
        Fill(_weights, 2);
    }

    public ParameterArena Parameters { get; }

    public View<float> Input { get; }

    public View<float> InputGradient { get; }

    public View<float> Output { get; }

    /// <summary>What the passes are for.</summary>
    public PassContext Context { get; set; } = PassContext.Use;

    public void Forward(in Epilogue epilogue) => _layer.Forward(Context, Input, epilogue, Output);

    public void Backward()
    {
        Forward(Epilogue.Store);
        _layer.Backward(Input, Output, _weights, Epilogue.Store, InputGradient);
    }

    /// <summary>Holds the gradients of the input and of every parameter against finite differences.</summary>
    public void RequireGradients()
    {
        RequireGradient(Input, ReferenceDevice.Read(InputGradient));
        foreach (Parameter parameter in Parameters.Parameters)
            RequireGradient(parameter.Value, ReferenceDevice.Read(parameter.Gradient));
    }

    /// <summary>Compares ∂L/∂ of some numbers with central differences.</summary>
    public void RequireGradient(View<float> values, double[] gradient)
    {
        const double Step = 1e-3;
        double[] original = ReferenceDevice.Read(values);
        double Loss(int i, double value)
        {
            double[] changed = [.. original];
            changed[i] = value;
            ReferenceDevice.Write(changed, values);
            Forward(Epilogue.Store);
            return ReferenceDevice.Read(Output).Zip(ReferenceDevice.Read(_weights), (y, c) => y * c).Sum();
        }

        for (int i = 0; i < original.Length; i++)
        {
            double expected = (Loss(i, original[i] + Step) - Loss(i, original[i] - Step)) / (2 * Step);
            Assert.Equal(expected, gradient[i], 2e-3 + (2e-3 * Math.Abs(expected)));
        }
        ReferenceDevice.Write(original, values);
    }

    public void Dispose()
    {
        _memory.ForEach(memory => memory.Dispose());
        Parameters.Dispose();
    }

    private void Fill(View<float> view, uint step)
    {
        var values = new float[view.Length];
        Philox.FillUniform(new RandomSource(11, RandomPurpose.Prior), step, values);
        _device.Upload<float>(Array.ConvertAll(values, value => (2 * value) - 1), view);
    }
}
