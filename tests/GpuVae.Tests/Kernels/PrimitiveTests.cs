using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>The operations that others are made of, and the reference of them.</summary>
[Collection(nameof(TestDevices))]
public sealed class PrimitiveTests(TestDevices devices)
{
    private const double U = Tolerance.UnitRoundoff;

    public static MatrixTheoryData<string, string> DevicesAndOperations => new(
        TestDevices.Names.Select(row => row.Data),
        [nameof(Fill), nameof(Elementwise), nameof(SumGroups), nameof(ApplyEpilogue)]);

    public static TheoryData<string> Activations => [.. Activation.All.Select(activation => activation.Name)];

    public static TheoryData<string> Likelihoods => [.. Likelihood.All.Select(likelihood => likelihood.Name)];

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Epilogue_alone_gives_what_a_product_with_it_gives(string name)
    {
        const int Rows = 7, Columns = 37, Depth = 5;
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 3, ViewPlacement.Odd);
        View<float> a = workspace.Source(Rows, Depth), b = workspace.Source(Columns, Depth);
        View<float> bias = workspace.Source(1, Columns), target = workspace.Source(Rows, Columns, 0, 1);
        View<float> saved = workspace.Source(Rows, Columns, 0, 1);
        View<float> sums = Destination("S"), fused = Destination("fused"), apart = Destination("apart");
        View<float> loss = workspace.Destination("loss", 1, Rows, Tolerance.Exact);
        device.Run(new Multiply(Orientation.NT, a, b, Epilogue.Store, sums));
        IEnumerable<Epilogue> epilogues =
        [
            Epilogue.Store, .. Activation.All.Select(f => Epilogue.BiasActivation(bias, f)),
            .. Activation.All.Select(f => Epilogue.Derivative(saved, f)),
            .. Likelihood.All.Select(f => Epilogue.NegativeLogLikelihood(target, f, 0.25f, loss).WithBias(bias)),
        ];
        foreach (Epilogue epilogue in epilogues)
        {
            device.Run(new Multiply(Orientation.NT, a, b, epilogue, fused));
            (float[] expected, float[] expectedLoss) = (device.Read(fused), device.Read(loss));
            device.Run(new ApplyEpilogue(sums, epilogue, apart));
            Compare($"{epilogue.Kind} {epilogue.Activation} {epilogue.Function}", expected, device.Read(apart));
            if (epilogue.Kind == EpilogueKind.Likelihood)
                Compare($"loss of {epilogue.Function}", expectedLoss, device.Read(loss));
        }

        View<float> Destination(string what) => workspace.Destination(what, Rows, Columns, Tolerance.Exact);

        // The sum is rounded before the bias is added in the one, and perhaps after it in the other.
        void Compare(string what, float[] expected, float[] actual)
        {
            Assert.All(expected.Zip(actual), pair => Assert.True(
                Math.Abs(pair.First - pair.Second) <= 32 * U * (1 + Math.Abs(pair.First)),
                $"{name}, {what}: {pair.First:R} in a product and {pair.Second:R} alone"));
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Derivative_epilogue_is_the_slope_of_the_activation_epilogue(string name)
    {
        const double Step = 1e-5;
        Activation activation = Activation.All.Single(known => known.Name == name);
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Aligned);
        View<float> x = workspace.Source(1, 1, [0f]), bias = workspace.Source(1, 1, [0.25f]);
        View<float> y = workspace.Destination("y", 1, 1, Tolerance.Exact), outer = workspace.Source(1, 1, [-1.5f]);
        View<float> saved = workspace.Source(1, 1, [0f]), gradient = workspace.Destination("c", 1, 1, Tolerance.Exact);
        double ValueAt(double at)
        {
            ReferenceDevice.Write([at], x);
            reference.Run(new ApplyEpilogue(x, Epilogue.BiasActivation(bias, activation), y));
            return ReferenceDevice.Read(y)[0];
        }

        foreach (double at in (double[])[-9, -3, -0.7, -0.3, 0.2, 1, 4])
        {
            double slope = (ValueAt(at + Step) - ValueAt(at - Step)) / (2 * Step), value = ValueAt(at);
            ReferenceDevice.Write([activation.DerivativeNeedsInput ? at + 0.25 : value], saved);
            reference.Run(new ApplyEpilogue(outer, Epilogue.Derivative(saved, activation), gradient));
            Assert.Equal(-1.5 * slope, ReferenceDevice.Read(gradient)[0], 1e-8);
        }
    }

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Likelihood_epilogue_gives_the_slope_of_the_loss_of_its_row(string name)
    {
        const double Step = 1e-5;
        Likelihood likelihood = Likelihood.All.Single(known => known.Name == name);
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Aligned);
        View<float> s = workspace.Source(2, 3), bias = workspace.Source(1, 3), target = workspace.Source(2, 3, 0, 1);
        View<float> loss = workspace.Destination("loss", 1, 2, Tolerance.Exact);
        View<float> c = workspace.Destination("c", 2, 3, Tolerance.Exact);
        double[] values = ReferenceDevice.Read(s);
        double SumAt(int element, double change)
        {
            double[] changed = [.. values];
            changed[element] += change;
            ReferenceDevice.Write(changed, s);
            reference.Run(new ApplyEpilogue(
                s, Epilogue.NegativeLogLikelihood(target, likelihood, 0.5f, loss).WithBias(bias), c));
            return ReferenceDevice.Read(loss).Sum();
        }

        SumAt(0, 0);
        double[] gradient = ReferenceDevice.Read(c);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(0.5 * (SumAt(i, Step) - SumAt(i, -Step)) / (2 * Step), gradient[i], 1e-8);
    }

    /// <summary>GPUs add up in float32, as few of them have more.</summary>
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Sum_of_a_group_on_the_cpu_keeps_what_float32_would_lose(string name)
    {
        Assert.SkipUnless(name.StartsWith("cpu", StringComparison.Ordinal), $"{name} adds up in float32");
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        foreach (int columns in (int[])[1, 3, 33])
        {
            float[] values = [.. ((float[])[1e8f, 1, -1e8f, 2]).SelectMany(value => Enumerable.Repeat(value, columns))];
            View<float> sums = workspace.Destination("sums", 1, columns, Tolerance.Exact);
            View<float> group = workspace.Source(4, columns, values);
            device.Run(new SumGroups(group, 1, sums));
            Assert.Equal(Enumerable.Repeat(3f, columns), device.Read(sums));
            device.Run(new SumGroups(group, 4, sums));
            Assert.Equal(Enumerable.Repeat(0.75f, columns), device.Read(sums));
        }
    }

    [Fact]
    public void Sum_of_groups_is_the_gradient_of_repeated_rows_and_a_mean_where_it_is_divided()
    {
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Aligned);
        View<float> rows = workspace.Source(2, 3), outer = workspace.Source(8, 3);
        View<float> repeated = workspace.Destination("repeated", 8, 3, Tolerance.Exact);
        View<float> sums = workspace.Destination("sums", 2, 3, Tolerance.Exact);
        reference.Run(new RepeatRows(rows, repeated));
        reference.Run(new SumGroups(outer, 1, sums));
        // ⟨repeat(x), y⟩ = ⟨x, sum(y)⟩ is what makes one the other's gradient.
        double Inner(View<float> one, View<float> other) =>
            ReferenceDevice.Read(one).Zip(ReferenceDevice.Read(other)).Sum(pair => pair.First * pair.Second);
        Assert.Equal(Inner(repeated, outer), Inner(rows, sums), 1e-13);
        // The mean of copies is what was copied.
        reference.Run(new SumGroups(repeated, 4, sums));
        Assert.All(
            ReferenceDevice.Read(rows).Zip(ReferenceDevice.Read(sums)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    [Fact]
    public void Reference_takes_functions_of_two_numbers_in_their_order_and_broadcasts_a_row()
    {
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Odd);
        View<float> a = workspace.Source(2, 2, [1f, 2, 3, 4]), full = workspace.Source(2, 2, [10f, 20, 30, 50]);
        View<float> row = workspace.Source(1, 2, [2f, 5]), c = workspace.Destination("c", 2, 2, Tolerance.Exact);
        float[] Of(ElementwiseFunction function, View<float> b)
        {
            reference.Run(new Elementwise(function, a, b, c));
            return reference.Read(c);
        }

        Assert.Equal([11, 22, 33, 54], Of(ElementwiseFunction.Add, full));
        Assert.Equal([-9, -18, -27, -46], Of(ElementwiseFunction.Subtract, full));
        Assert.Equal([10, 40, 90, 200], Of(ElementwiseFunction.Multiply, full));
        Assert.Equal([3, 7, 5, 9], Of(ElementwiseFunction.Add, row));
        Assert.Equal([-1, -3, 1, -1], Of(ElementwiseFunction.Subtract, row));
        Assert.Equal([2, 10, 6, 20], Of(ElementwiseFunction.Multiply, row));
        reference.Run(new Fill(-3, c));
        Assert.Equal([-3, -3, -3, -3], reference.Read(c));
    }
}
