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

    /// <summary>Σ (vᵢ·x)² / λᵢ of standardised columns.</summary>
    /// <param name="train">(N, D).</param>
    /// <param name="judged">(M, D).</param>
    /// <returns>(M).</returns>
    public static double[] Of(ImageSet train, ImageSet judged)
    {
        var pipeline = Pipeline.Scaled("standard").Fit(train);
        ImageSet rows = pipeline.Apply("the training rows", train), others = pipeline.Apply("the rows", judged, keepsImpossible: true);
        int columns = rows.Dimensions;
        var covariance = new double[columns, columns];
        var x = new float[columns];
        for (int row = 0; row < rows.Count; row++)
        {
            rows.CopyTo(row, x);
            for (int i = 0; i < columns; i++)
            {
                for (int j = 0; j <= i; j++)
                    covariance[i, j] += (double)x[i] * x[j] / rows.Count;
            }
        }
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < i; j++)
                covariance[j, i] = covariance[i, j];
        }
        SymmetricEigen eigen = SymmetricEigen.Of(covariance);
        double least = LeastVariance * eigen.Values.Max();
        int[] kept = [.. Enumerable.Range(0, columns).Where(i => eigen.Values[i] > least)];
        var scores = new double[others.Count];
        for (int row = 0; row < scores.Length; row++)
        {
            others.CopyTo(row, x);
            foreach (int component in kept)
            {
                double projection = 0;
                double[] vector = eigen.Vectors[component];
                for (int i = 0; i < columns; i++)
                    projection += vector[i] * x[i];
                scores[row] += projection * projection / eigen.Values[component];
            }
            if (double.IsNaN(scores[row]))
                scores[row] = double.PositiveInfinity;
        }
        return scores;
    }
}
