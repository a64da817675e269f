using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.Reproductions;

/// <summary>
/// A yardstick for detectors of tables: the distance from the mean in the principal components of the training rows, each by its
/// variance (Shyu et al. 2003), which is what libraries of detectors call PCA.
/// </summary>
internal static class PrincipalComponentScores
{
    // A component with less of the largest variance is rounding.
    private const double LeastVariance = 1e-9;

    /// <summary>Σ (vᵢ·x)² / λᵢ of standardised columns, as parts of the sum of all λ.</summary>
    /// <param name="train">(N, D).</param>
    /// <param name="judged">(M, D).</param>
    /// <returns>(M).</returns>
    public static double[] Of(ImageSet train, ImageSet judged)
    {
        var pipeline = Pipeline.Scaled("standard").Fit(train);
        ImageSet rows = pipeline.Apply("the training rows", train), others = pipeline.Apply("the rows", judged, keepsImpossible: true);
        var components = PrincipalComponents.Of(rows.Values, rows.Dimensions);
        var scores = new double[others.Count];
        for (int component = 0; component < rows.Dimensions; component++)
        {
            double variance = components.ExplainedVariance(component);
            if (variance <= LeastVariance * components.ExplainedVariance(0))
                break;
            double[] places = components.Project(others.Values, component);
            for (int row = 0; row < scores.Length; row++)
                scores[row] += places[row] * places[row] / variance;
        }
        return Array.ConvertAll(scores, score => double.IsNaN(score) ? double.PositiveInfinity : score);
    }
}
