using GpuVae.Evaluation;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class PrincipalComponentsTests
{
    [Fact]
    public void Eigenvalues_of_a_known_matrix()
    {
        // 2, −1 on and beside the diagonal: λ = 2 − 2 cos(πi/(n + 1)).
        const int Size = 7;
        var matrix = new double[Size, Size];
        for (int i = 0; i < Size; i++)
        {
            matrix[i, i] = 2;
            if (i > 0)
                matrix[i, i - 1] = matrix[i - 1, i] = -1;
        }
        var eigen = SymmetricEigen.Of(matrix);
        for (int i = 0; i < Size; i++)
            Assert.Equal(2 - (2 * Math.Cos(Math.PI * (Size - i) / (Size + 1))), eigen.Values[i], 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    public void Vectors_are_orthonormal_and_give_the_matrix_back(int size)
    {
        var numbers = new float[size * size];
        Philox.FillNormal(new RandomSource(3, RandomPurpose.Prior), 0, numbers);
        var matrix = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
                matrix[i, j] = numbers[(Math.Min(i, j) * size) + Math.Max(i, j)];
        }
        var eigen = SymmetricEigen.Of(matrix);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double product = 0, rebuilt = 0;
                for (int l = 0; l < size; l++)
                {
                    product += eigen.Vectors[i][l] * eigen.Vectors[j][l];
                    rebuilt += eigen.Values[l] * eigen.Vectors[l][i] * eigen.Vectors[l][j];
                }
                Assert.Equal(i == j ? 1 : 0, product, 1e-12);
                Assert.Equal(matrix[i, j], rebuilt, 1e-11);
            }
        }
        Assert.Equal(eigen.Values.OrderDescending(), eigen.Values);
    }

    [Fact]
    public void Components_find_the_direction_that_was_stretched()
    {
        // x = 3a, y = b, turned by 30° and moved: variances 9 and 1 along known directions.
        const int Count = 20000;
        var draws = new float[2 * Count];
        Philox.FillNormal(new RandomSource(5, RandomPurpose.Prior), 0, draws);
        double cosine = Math.Cos(Math.PI / 6), sine = Math.Sin(Math.PI / 6);
        var codes = new float[2 * Count];
        for (int i = 0; i < Count; i++)
        {
            double x = 3 * draws[2 * i], y = draws[(2 * i) + 1];
            codes[2 * i] = (float)(10 + (cosine * x) - (sine * y));
            codes[(2 * i) + 1] = (float)(-4 + (sine * x) + (cosine * y));
        }
        var components = PrincipalComponents.Of(codes, units: 2);
        Assert.Equal(0.9, components.ExplainedVariance(0), 0.005);
        Assert.Equal(0.1, components.ExplainedVariance(1), 0.005);
        double[] along = components.Project(codes, 0);
        double[] across = components.Project(codes, 1);
        Assert.Equal(0, along.Average(), 1e-3);
        Assert.Equal(9, along.Average(value => value * value), 0.3);
        Assert.Equal(0, along.Zip(across, (a, b) => a * b).Average(), 1e-3);
        Assert.Equal(1, Math.Abs(along.Zip(draws.Where((_, i) => i % 2 == 0), (a, x) => a * x).Average()) / 3, 0.03);
    }

    [Fact]
    public void Codes_that_do_not_vary_explain_nothing()
    {
        var components = PrincipalComponents.Of([1, 2, 3, 1, 2, 3], units: 3);
        Assert.Equal(0, components.ExplainedVariance(0));
        Assert.Equal([0, 0], components.Project([1, 2, 3, 1, 2, 3], 0));
    }
}
