using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>What comparisons rest on: a table without gaps, and bounds that hide no wrong element.</summary>
public sealed class OperationCasesTests
{
    [Fact]
    public void Every_operation_has_a_case_and_one_of_the_training_step()
    {
        IEnumerable<string> operations = typeof(IOperation).Assembly.GetTypes()
            .Where(type => type.IsValueType && type.IsAssignableTo(typeof(IOperation)))
            .Select(type => type.Name.Split('`')[0]).Order();
        Assert.Equal(operations, OperationCases.All.Select(row => row.Operation).Distinct().Order());
        Assert.Equal(OperationCases.All.Count, OperationCases.All.Select(row => row.ToString()).Distinct().Count());
    }

    [Fact]
    public void Bounds_are_far_below_what_they_judge()
    {
        foreach (OperationCase row in OperationCases.All.Where(row => row.Size != CaseSize.Step))
        {
            foreach (CaseOutput output in OperationChecks.Reference(row))
            {
                double[] written = [.. output.Values.Where(value => !double.IsNaN(value))];
                Assert.True(Array.TrueForAll(written, double.IsFinite), row.ToString());
                double size = Math.Sqrt(written.Average(value => value * value));
                Assert.True(
                    output.Tolerance == Tolerance.Exact || output.Tolerance.Bound(size) < 1e-3 * size || size < 1e-2,
                    $"{row}: {output.Name} is about {size} and may be wrong by {output.Tolerance.Bound(size)}");
            }
        }
    }

    [Fact]
    public void A_wrong_element_is_found()
    {
        CaseOutput expected = new("c", 3, [1, 2, 3, 4, 5, double.NaN], new Tolerance(1e-6, 1e-6));
        string? Find(params double[] values) =>
            OperationChecks.FindDifference(expected, expected with { Values = values });

        Assert.Null(Find(1, 2, 3, 4.000001, 5, double.NaN));
        Assert.StartsWith("1 of 6 elements of c are wrong; [1, 0] is 4.001", Find(1, 2, 3, 4.001, 5, double.NaN));
        Assert.NotNull(Find(1, 2, double.NaN, 4, 5, double.NaN));
        Assert.NotNull(Find(1, 2, 3, 4, 5, 0));
    }

    [Theory]
    [InlineData(ViewPlacement.Aligned)]
    [InlineData(ViewPlacement.Odd)]
    public void Writing_beside_a_destination_is_found(ViewPlacement placement)
    {
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, placement);
        View<float> destination = workspace.Destination("c", 2, 3, Tolerance.Exact);
        Assert.Empty(workspace.FindDamage());
        foreach (int beside in (int[])[-1, 6])
        {
            var neighbour = new View<float>(destination.Buffer, destination.Offset + beside, 1, 1);
            float before = reference.Read(neighbour)[0];
            reference.Upload([1f], neighbour);
            Assert.Contains($"element {beside} ", Assert.Single(workspace.FindDamage()));
            reference.Upload([before], neighbour);
        }
    }
}
