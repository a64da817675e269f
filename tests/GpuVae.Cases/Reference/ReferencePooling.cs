using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Sums and largest numbers of windows by their definition: every window and every pixel in it.</summary>
internal static class ReferencePooling
{
    public static void Run(in SumWindows operation)
    {
        operation.Y.Span().Clear();
        foreach ((int large, int small) in Pairs(operation.Geometry, operation.X.Rows, operation.ReachesEdge))
            operation.Y.Span()[small] += operation.Scale * operation.X.Span()[large];
        Follow(operation.Epilogue, operation.Y);
    }

    public static void Run(in SpreadWindows operation)
    {
        operation.X.Span().Clear();
        foreach ((int large, int small) in Pairs(operation.Geometry, operation.X.Rows, operation.ReachesEdge))
            operation.X.Span()[large] += operation.Scale * operation.Y.Span()[small];
        Follow(operation.Epilogue, operation.X);
    }

    public static void Run(in MaxWindows operation)
    {
        operation.Y.Span().Fill(double.NegativeInfinity);
        foreach ((int large, int small) in Pairs(operation.Geometry, operation.X.Rows, reachesEdge: false))
            operation.Y.Span()[small] = Math.Max(operation.Y.Span()[small], operation.X.Span()[large]);
        Follow(operation.Epilogue, operation.Y);
    }

    public static void Run(in MaxWindowsGradient operation)
    {
        var first = new Dictionary<int, int>();
        foreach ((int large, int small) in Pairs(operation.Geometry, operation.X.Rows, reachesEdge: false))
        {
            if (!first.TryGetValue(small, out int found) || operation.X.Span()[large] > operation.X.Span()[found])
                first[small] = large;
        }
        operation.InputGradient.Span().Clear();
        foreach ((int small, int large) in first)
            operation.InputGradient.Span()[large] += operation.G.Span()[small];
        Follow(operation.Epilogue, operation.InputGradient);
    }

    /// <summary>Numbers of the large map with those of the small one in whose window they are, window after window.</summary>
    private static IEnumerable<(int Large, int Small)> Pairs(ConvolutionGeometry geometry, int images, bool reachesEdge)
    {
        (Shape large, Shape small, int channels) = (geometry.Large, geometry.Small, geometry.Large.Channels);
        return
            from b in Enumerable.Range(0, images)
            from i in Enumerable.Range(0, small.Height)
            from j in Enumerable.Range(0, small.Width)
            from h in Enumerable.Range(0, large.Height)
            where IsIn(h, i, small.Height, geometry.Top)
            from l in Enumerable.Range(0, large.Width)
            where IsIn(l, j, small.Width, geometry.Left)
            from c in Enumerable.Range(0, channels)
            select (
                (((((b * large.Height) + h) * large.Width) + l) * channels) + c,
                (((((b * small.Height) + i) * small.Width) + j) * channels) + c);

        bool IsIn(int pixel, int window, int count, int before)
        {
            int place = pixel - (window * geometry.Stride) + before;
            return place >= 0 && (place < geometry.Kernel || (reachesEdge && window == count - 1));
        }
    }

    private static void Follow(in Epilogue epilogue, View<float> result)
    {
        if (epilogue.Kind != EpilogueKind.Store)
            ReferenceProducts.Run(new ApplyEpilogue(result, epilogue, result));
    }
}
