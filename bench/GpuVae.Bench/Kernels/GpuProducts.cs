using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Bench.Kernels;

/// <summary>Products that fill a GPU, and that would take the reference hours: 4096³, and a step of 8192 images.</summary>
internal static class GpuProducts
{
    private const int Batch = 8192;

    /// <summary>The names are those of the same products in <c>peers/vae_torch.py</c>.</summary>
    public static OperationCase[] All { get; } =
    [
        Product(Orientation.NT, 4096, 4096, 4096, "", (_, _, _) => Epilogue.Store),
        Product(Orientation.NN, 4096, 4096, 4096, "", (_, _, _) => Epilogue.Store),
        Product(Orientation.TN, 4096, 4096, 4096, "", (_, _, _) => Epilogue.Store),
        Activated(400, 784, Activation.Relu),
        Activated(40, 400, Activation.Identity),
        Activated(400, 20, Activation.Relu),
        Product(
            Orientation.NT, Batch, 784, 400, "likelihood Bernoulli",
            (workspace, m, n) => Epilogue.NegativeLogLikelihood(
                workspace.Source(m, n, 0, 1), Likelihood.Bernoulli, 1f / m,
                workspace.Destination("loss", 1, m, Tolerance.Exact)).WithBias(workspace.Source(1, n))),
        Product(
            Orientation.NN, Batch, 400, 784, "derivative of Relu",
            (workspace, m, n) => Epilogue.Derivative(
                workspace.Source(m, n, u => Math.Max(0, (2 * u) - 1)), Activation.Relu)),
        Product(Orientation.TN, 784, 400, Batch, "", (_, _, _) => Epilogue.Store),
        Product(Orientation.TN, 400, 784, Batch, "", (_, _, _) => Epilogue.Store),
    ];

    private static OperationCase Activated(int n, int k, Activation activation) =>
        Product(
            Orientation.NT, Batch, n, k, $"bias {activation}",
            (workspace, _, columns) => Epilogue.BiasActivation(workspace.Source(1, columns), activation));

    private static OperationCase Product(
        Orientation orientation, int m, int n, int k, string epilogueName,
        Func<CaseWorkspace, int, int, Epilogue> createEpilogue) =>
        OperationCase.Create(
            $"{orientation} {m}x{n}x{k} {epilogueName}".TrimEnd(), CaseSize.Large,
            workspace =>
            {
                View<float> a = orientation == Orientation.TN ? workspace.Source(k, m) : workspace.Source(m, k);
                View<float> b = orientation == Orientation.NT ? workspace.Source(n, k) : workspace.Source(k, n);
                Epilogue epilogue = createEpilogue(workspace, m, n);
                View<float> c = workspace.Destination("c", m, n, Tolerance.Exact);
                return new Multiply(orientation, a, b, epilogue, c);
            });
}
