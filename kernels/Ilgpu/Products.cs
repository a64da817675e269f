using GpuVae.Kernels.Ilgpu.Cuda;
using ILGPU;

namespace GpuVae.Kernels.Ilgpu;

// The launcher of products: which kernel one needs, compiled when it is first asked for, and in how many parts.
public sealed partial class IlgpuBackend
{
    private readonly Dictionary<ProductVariant, ProductLauncher> products = [];
    private readonly TensorMode tensorMode;
    private readonly ScratchBuffer partialLoss;
    private readonly ScratchBuffer partialSums;

    /// <inheritdoc/>
    public void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c)
    {
        (int m, int n) = (c.Rows, c.Columns);
        int k = orientation == Orientation.TN ? a.Rows : a.Columns;
        RequireShape(a, orientation == Orientation.TN ? k : m, orientation == Orientation.TN ? m : k, nameof(a));
        RequireShape(b, orientation == Orientation.NT ? n : k, orientation == Orientation.NT ? k : n, nameof(b));
        RequireEpilogue(epilogue, m, n);
        _ = ElementCount(a, nameof(a)) + ElementCount(b, nameof(b)) + ElementCount(c, nameof(c));
        if (c.Length == 0)
            return;

        ProductPlan plan = shapes.Plan(tensorMode != TensorMode.None, m, n, k);
        var operands = new EpilogueOperands(
            Array(epilogue.Bias),
            Array(epilogue.Kind == EpilogueKind.Likelihood ? epilogue.Target : epilogue.Saved),
            epilogue.GradientScale);
        var last = new ProductVariant(
            plan.Tile, StartsOn16Bytes(a) && StartsOn16Bytes(b), orientation, epilogue.Kind, epilogue.Activation,
            epilogue.Function);
        int lossColumns = plan.LossColumns;
        if (plan.Parts > 1)
        {
            ArrayView<float> sums = partialSums.Take(plan.Parts * c.Length);
            Product(last with { Kind = EpilogueKind.Store, Activation = Activation.Identity, Function = Likelihood.Gaussian })(
                CountedStream(), plan.Config, m, n, k, plan.PartSlices, Array(a), Array(b), operands, sums,
                ArrayView<float>.Empty);
            KernelConfig config = shapes.Parts(m, n);
            lossColumns = config.GridDim.X * config.GroupDim.X;
            // The second pass reads neither operand, so that it is the same for all orientations and places.
            Product(last with { Tile = TileKind.Parts, CopiesFour = false, Orientation = default })(
                CountedStream(), config, m, n, plan.Parts, 0, sums, ArrayView<float>.Empty, operands, Array(c),
                Losses(epilogue, m, lossColumns));
        }
        else
        {
            Product(last)(
                CountedStream(), plan.Config, m, n, k, plan.PartSlices, Array(a), Array(b), operands, Array(c),
                Losses(epilogue, m, lossColumns));
        }
        if (epilogue.Kind == EpilogueKind.Likelihood)
            SumRows(m, lossColumns, Losses(epilogue, m, lossColumns), Array(epilogue.Loss));
    }

    private static void RequireEpilogue(in Epilogue epilogue, int m, int n)
    {
        if (epilogue.Kind is EpilogueKind.Activation or EpilogueKind.Likelihood)
            RequireLength(epilogue.Bias, n, nameof(epilogue.Bias));
        if (epilogue.Kind == EpilogueKind.Derivative)
            RequireShape(epilogue.Saved, m, n, nameof(epilogue.Saved));
        if (epilogue.Kind == EpilogueKind.Likelihood)
        {
            RequireShape(epilogue.Target, m, n, nameof(epilogue.Target));
            RequireLength(epilogue.Loss, m, nameof(epilogue.Loss));
        }
    }

    /// <summary>True where every row begins on 16 bytes: a buffer begins on 64.</summary>
    private static bool StartsOn16Bytes(View<float> view) => view.Offset % 4 == 0 && view.Columns % 4 == 0;

    private ArrayView<float> Losses(in Epilogue epilogue, int rows, int columns) =>
        epilogue.Kind == EpilogueKind.Likelihood
            ? partialLoss.Take((long)rows * columns)
            : ArrayView<float>.Empty;

    private ProductLauncher Product(ProductVariant variant)
    {
        if (!products.TryGetValue(variant, out ProductLauncher? product))
        {
            product = ProductTypes.Load(Loader(variant), accelerator, variant);
            products.Add(variant, product);
        }
        return product;
    }

    private IProductLoader Loader(ProductVariant variant) => variant.Tile switch
    {
        TileKind.Wide when variant.CopiesFour => new WideProductLoader<FourNumbers>(),
        TileKind.Wide => new WideProductLoader<OneNumber>(),
        TileKind.Large => Loader<LargeTile>(variant.CopiesFour),
        TileKind.Small => Loader<SmallTile>(variant.CopiesFour),
        TileKind.Host => Loader<HostTile>(variant.CopiesFour),
        TileKind.Parts => new PartsLoader(),
        _ => TensorLoaders.Find(tensorMode, variant),
    };

    private static IProductLoader Loader<TTile>(bool copiesFour)
        where TTile : struct, ITile =>
        copiesFour ? new ProductLoader<TTile, FourNumbers>() : new ProductLoader<TTile, OneNumber>();
}
