namespace GpuVae.Evaluation;

/// <summary>How well the scores of pixels find defects whose places are known.</summary>
/// <param name="RocAuc">
/// Area under the ROC curve over all pixels: the probability that a pixel of a defect scores above a normal one, a tie counting half.
/// NaN where there is no pixel of one kind.
/// </param>
/// <param name="Pro">
/// Area under the curve of the per-region overlap up to a false-positive rate of <see cref="MostFalsePositives"/>, divided by that: a
/// small defect counts as much as a large one. NaN like <paramref name="RocAuc"/>.
/// </param>
/// <param name="Regions">C, the defects.</param>
public readonly record struct PixelQuality(double RocAuc, double Pro, int Regions)
{
    /// <summary>Where the area under the overlap ends, as Bergmann et al. have it.</summary>
    public const double MostFalsePositives = 0.3;

    /// <summary>
    /// Judges scores. At a threshold t with the pixels P = {score ≥ t} the overlap is
    /// <c>PRO = 1/C Σ |P ∩ Rᵢ| / |Rᵢ|</c> over the regions Rᵢ, and the false-positive rate is the share of all normal pixels in P (Bergmann,
    /// Batzner, Fauser, Sattlegger and Steger 2021, "The MVTec Anomaly Detection Dataset", section 5.2). Since each pixel of a region adds
    /// 1 / (C |Rᵢ|), that is a ROC curve with weights, and both areas come exactly out of one order of the pixels; between thresholds
    /// the curves are straight.
    /// </summary>
    /// <param name="scores">Of every pixel of every picture; +∞ is allowed. They are put in order.</param>
    /// <param name="regions">The region of each, from 1; 0 for a normal pixel. They are put in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static PixelQuality Of(float[] scores, int[] regions)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(regions);
        if (scores.Length != regions.Length)
            throw new ArgumentException($"{scores.Length} scores for {regions.Length} pixels.", nameof(scores));
        if (scores.AsSpan().ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity))
            throw new ArgumentException("A score is NaN, which has no place in an order.", nameof(scores));
        long[] sizes = Sizes(regions);
        int count = sizes.Count(size => size > 0) - (sizes[0] > 0 ? 1 : 0);
        long normal = sizes[0], defective = regions.Length - normal;
        if (normal == 0 || defective == 0)
            return new PixelQuality(double.NaN, double.NaN, count);

        Array.Sort(scores, regions);
        double rateAbove = 0, overlapAbove = 0, area = 0, wins = 0;
        long defectiveAbove = 0;
        for (int end = scores.Length; end > 0;)
        {
            // Equal scores are one step.
            int first = end;
            double overlap = 0;
            long negatives = 0;
            do
            {
                int region = regions[--first];
                if (region == 0)
                    negatives++;
                else
                    overlap += 1.0 / ((double)count * sizes[region]);
            }
            while (first > 0 && scores[first - 1] == scores[end - 1]);
            long positives = end - first - negatives;
            wins += negatives * (defectiveAbove + (0.5 * positives));
            double step = (double)negatives / normal, within = Math.Min(step, Math.Max(0, MostFalsePositives - rateAbove));
            if (within > 0)
                area += within * (overlapAbove + (0.5 * overlap * (within / step)));
            (rateAbove, overlapAbove, defectiveAbove) = (rateAbove + step, overlapAbove + overlap, defectiveAbove + positives);
            end = first;
        }
        return new PixelQuality(wins / ((double)normal * defective), area / MostFalsePositives, count);
    }

    /// <summary>
    /// Numbers the regions of a mask: pixels that touch, also at a corner, are of one region (8 neighbours).
    /// </summary>
    /// <param name="mask">(height·width), true for a defect.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="before">The regions of pictures before this one, whose numbers are taken.</param>
    /// <param name="regions">(height·width), numbers from <paramref name="before"/> + 1; 0 for a normal pixel.</param>
    /// <returns>The regions in this mask.</returns>
    public static int Label(ReadOnlySpan<bool> mask, int height, int width, int before, Span<int> regions)
    {
        regions.Clear();
        int found = 0;
        var open = new Stack<int>();
        for (int start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || regions[start] != 0)
                continue;
            regions[start] = before + ++found;
            open.Push(start);
            while (open.TryPop(out int pixel))
            {
                (int y, int x) = (pixel / width, pixel % width);
                for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
                {
                    for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
                    {
                        int neighbor = (row * width) + column;
                        if (!mask[neighbor] || regions[neighbor] != 0)
                            continue;
                        regions[neighbor] = before + found;
                        open.Push(neighbor);
                    }
                }
            }
        }
        return found;
    }

    private static long[] Sizes(int[] regions)
    {
        var sizes = new long[(regions.Length == 0 ? 0 : regions.Max()) + 1];
        foreach (int region in regions)
            sizes[region]++;
        return sizes;
    }
}
