using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>What every operation says of itself: its shapes, its operands and their roles, its cost.</summary>
public sealed class OperationTests
{
    // Operands that fit with any number of columns, or of rows, by what the operations' documentation says.
    private static readonly HashSet<string> _anyColumns =
    [
        "Fill.Values", "SumSquares.Values", "ClipNorm.Gradient", "DecayWeights.Parameters", "SampleSigmoid.Order",
        "SumTerms.Terms", "ScaleRows.Values", "ScaleLikelihood.OutputGradient",
        "CopyColumns.Source", "CopyColumns.Destination", "CategoricalLikelihood.Starts", "Softmax.Starts", "Softmax.Values",
        "Moments.X", "EndStep.Loss.Terms",
    ];

    private static readonly HashSet<string> _anyRows =
    [
        "Fill.Values", "SumSquares.Values", "ClipNorm.Gradient", "DecayWeights.Parameters", "SampleSigmoid.Order",
        "SumTerms.History", "SumColumns.Values", "UnitDivergence.Posterior", "SampleGaussianGradient.Schedule",
        "Adam.Schedule", "DecayWeights.Schedule", "Softmax.Values", "Moments.X",
        "EndStep.Loss.History", "EndStep.Update.Schedule",
    ];

    public static TheoryData<string> Operations => [.. OperationCases.All.Select(row => row.Operation).Distinct()];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operand_of_a_wrong_shape_is_refused_by_name(string name)
    {
        ForEachCase(name, (row, _, operation) =>
        {
            operation.Check();
            foreach (Place place in Place.Find(operation))
            {
                string operand = $"{row.Operation}.{place.Path}";
                if (!_anyColumns.Contains(operand) && !HasAnyLength(operation, place))
                    Refuse(row, operation, place, rows: 0, columns: 1);
                if (!_anyRows.Contains(operand) && !HasAnyLength(operation, place) && !MayHaveMoreRows(operation, place))
                    Refuse(row, operation, place, rows: 1, columns: 0);
            }
        });
    }

    [Fact]
    public void Destination_that_lies_where_a_later_number_is_read_is_refused()
    {
        using var device = new ReferenceDevice();
        using DeviceBuffer<float> buffer = device.Allocate<float>(18);
        View<float> a = buffer.AsMatrix(6, 3).RowRange(0, 3), b = buffer.AsMatrix(6, 3).RowRange(3, 3);
        View<float> both = buffer.AsMatrix(6, 3).RowRange(1, 3), row = a.RowRange(0, 1);
        foreach (View<float> c in (View<float>[])[a, b, both])
            Assert.Throws<ArgumentException>(new Multiply(Orientation.NN, a, b, Epilogue.Store, c).Check);
        Assert.Throws<ArgumentException>(new Elementwise(ElementwiseFunction.Add, a, row, a).Check);
        new Elementwise(ElementwiseFunction.Add, b, row, b).Check();
        new Elementwise(ElementwiseFunction.Add, a, b, a).Check();
        new Elementwise(ElementwiseFunction.Add, row, row, row).Check();
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_view_is_an_operand(string name)
    {
        ForEachCase(name, (row, _, operation) =>
        {
            // What two operations of one share is one operand of that.
            IEnumerable<(string, object, long, int, int)> expected = Place.Find(operation)
                .Select(place => (place.Path.Split('.')[^1], place.Buffer, place.Offset, place.Rows, place.Columns)).Distinct();
            IEnumerable<(string, object, long, int, int)> actual = operation.Operands.Select(
                one => (one.Name.Split('.')[^1], one.Buffer, one.Offset, one.Rows, one.Columns));
            Assert.Equal(expected.OrderBy(view => view.Item1), actual.OrderBy(view => view.Item1));
            Assert.All(operation.Operands, operand => Assert.Equal(ElementBytes(operand.Buffer), operand.ElementBytes));
        });

        static int ElementBytes(object buffer) => buffer is DeviceBuffer<byte> ? sizeof(byte) : sizeof(float);
    }

    /// <summary>
    /// Sources keep their numbers. Destinations get the same numbers whatever they held, and no number is left. Updates
    /// change, and by what they held.
    /// </summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public void Role_of_an_operand_is_what_happens_to_it(string name)
    {
        ForEachCase(name, (row, prepared, operation) =>
        {
            IReadOnlyList<Operand> all = operation.Operands;
            Operand[] floats = [.. all.Where(operand => operand.Floats is not null)];
            double[][] allBefore = [.. all.Select(operand => Numbers(operand).ToArray())], before = [.. floats.Select(Read)];
            prepared.Execute();
            double[][] after = [.. floats.Select(Read)];
            for (int i = 0; i < floats.Length; i++)
            {
                string where = $"{row}: {floats[i].Name}";
                bool changes = !before[i].SequenceEqual(after[i]);
                Operand[] same = [.. floats.Where(other => IsSame(other, floats[i]))];
                bool isWrittenElsewhere = same.Any(other => other.Role != OperandRole.Source);
                bool isReadElsewhere = same.Any(other => other.Role == OperandRole.Source);
                if (floats[i].Role == OperandRole.Source)
                {
                    Assert.True(isWrittenElsewhere || !changes, $"{where} is a source and changes");
                    continue;
                }
                Assert.True(changes || IsKept(operation, floats[i]), $"{where} is written and does not change");
                if (isReadElsewhere)
                    continue;
                double[] fromNothing = After(i, double.NaN), fromSevens = After(i, 7);
                if (floats[i].Role == OperandRole.Update)
                {
                    Assert.True(fromNothing.Any(double.IsNaN), $"{where} is an update and depends on nothing of before");
                    continue;
                }
                Assert.True(
                    after[i].SequenceEqual(fromNothing) && after[i].SequenceEqual(fromSevens),
                    $"{where} is a destination and depends on what it held");
            }

            double[] After(int operand, double held)
            {
                // Counts too, by which an operation may find its place.
                for (int k = 0; k < all.Count; k++)
                    allBefore[k].CopyTo(Numbers(all[k]));
                Numbers(floats[operand]).Fill(held);
                prepared.Execute();
                return Read(floats[operand]);
            }
        });
    }

    /// <summary>All of its operands' bytes, except where only a part of an operand is touched.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public void Cost_is_that_of_the_operands(string name)
    {
        string[] touchesParts =
            [nameof(Gather<>), nameof(GatherAugmented<>), nameof(SumTerms), nameof(Adam), nameof(EndStep), nameof(CopyColumns)];
        ForEachCase(name, (row, _, operation) =>
        {
            double traffic = operation.Operands.Sum(operand => operand.Traffic);
            OperationCost cost = operation.Cost;
            if (touchesParts.Contains(name))
                Assert.InRange(cost.Bytes, sizeof(float), traffic);
            else
                Assert.Equal(traffic, cost.Bytes);
            bool onlyMoves = name is nameof(Fill) or nameof(RepeatRows) or nameof(CopyColumns) or nameof(Advance);
            Assert.True(onlyMoves ? cost.Flops == 0 : cost.Flops > 0, $"{row}: {cost.Flops}");
        });
    }

    [Fact]
    public void Product_costs_two_operations_a_term_and_what_its_epilogue_does()
    {
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Aligned);
        View<float> a = workspace.Source(5, 3), b = workspace.Source(7, 5), bias = workspace.Source(1, 7);
        View<float> c = workspace.Destination("c", 3, 7, Tolerance.Exact);
        var product = new Multiply(Orientation.TN, a, workspace.Source(5, 7), Epilogue.Store, c);
        Assert.Equal(new OperationCost(2 * 3 * 7 * 5, 4 * ((5 * 3) + (5 * 7) + (3 * 7))), product.Cost);
        Assert.Equal((3, 7, 5), (product.M, product.N, product.K));
        product = product with
        {
            Orientation = Orientation.NN,
            A = workspace.Source(3, 7),
            B = workspace.Source(7, 7),
            Epilogue = Epilogue.BiasActivation(bias, Activation.Relu),
        };
        Assert.Equal(
            new OperationCost((2 * 3 * 7 * 7) + (2 * 3 * 7), 4 * ((3 * 7) + (7 * 7) + 7 + (3 * 7))), product.Cost);
        Assert.Equal(35, b.Length);
    }

    private static void ForEachCase(string name, Action<OperationCase, PreparedCase, IOperation> look)
    {
        using var reference = new ReferenceDevice();
        foreach (OperationCase row in OperationCases.Of(name).Where(row => row.Size == CaseSize.Small))
        {
            using PreparedCase prepared = row.Prepare(reference);
            look(row, prepared, prepared.Operation);
        }
    }

    private static void Refuse(OperationCase row, IOperation operation, Place place, int rows, int columns)
    {
        IOperation wrong = place.With(operation, rows, columns);
        string where = $"{row}: {place.Path} ({place.Rows} + {rows}, {place.Columns} + {columns})";
        ArgumentException exception;
        try
        {
            wrong.Check();
            Assert.Fail($"{where} is not refused");
            return;
        }
        catch (ArgumentException caught)
        {
            exception = caught;
        }
        string operand = place.Path.Split('.')[^1];
        bool isNamed = Regex.IsMatch(exception.Message, $@"\b{operand}\b", RegexOptions.IgnoreCase);
        Assert.True(isNamed, $"{where}: {exception.Message}");
    }

    private static bool HasAnyLength(IOperation operation, Place place) =>
        operation is LogScaleGradient { Weights.IsEmpty: true } && place.Path == "Loss";

    // A row more of a batch that is not full, a full operand in place of a row, and another number of draws do fit.
    private static bool MayHaveMoreRows(IOperation operation, Place place) => operation switch
    {
        Gather<byte> gather => place.Path == "X" && place.Rows < gather.BatchSize,
        Gather<float> gather => place.Path == "X" && place.Rows < gather.BatchSize,
        GatherAugmented<byte> gather => place.Path == "Batch.X" && place.Rows < gather.Batch.BatchSize,
        GatherAugmented<float> gather => place.Path == "Batch.X" && place.Rows < gather.Batch.BatchSize,
        Elementwise { A.Rows: 2, B.Rows: 1 } => place.Path == "B",
        RepeatRows repeat when place.Path == "Rows" => repeat.Repeated.Rows % (place.Rows + 1) == 0,
        RepeatRows repeat => repeat.Rows.Rows == 1,
        SumGroups sum when place.Path == "Sums" => sum.Values.Rows % (place.Rows + 1) == 0,
        SumGroups sum => sum.Sums.Rows == 1,
        _ => false,
    };

    // Numbers that an operation writes as they were.
    private static bool IsKept(IOperation operation, Operand operand) => operation switch
    {
        ClipNorm => operand.Name == "Gradient",
        ApplyEpilogue { Epilogue.Kind: EpilogueKind.Store } apply => apply.S == apply.C,
        ApplyEpilogue { Epilogue.Activation: var function } apply =>
            apply.S == apply.C && (function == Activation.Identity || function == Activation.Relu),
        _ => false,
    };

    private static bool IsSame(Operand one, Operand other) =>
        ReferenceEquals(one.Buffer, other.Buffer) && one.Offset == other.Offset && one.Name != other.Name;

    private static double[] Read(Operand operand) => Numbers(operand).ToArray();

    private static Span<double> Numbers(Operand operand) => operand.Buffer switch
    {
        DeviceBuffer<float> buffer => new View<float>(buffer, operand.Offset, operand.Rows, operand.Columns).Span(),
        DeviceBuffer<int> buffer => new View<int>(buffer, operand.Offset, operand.Rows, operand.Columns).Span(),
        _ => new View<byte>((DeviceBuffer<byte>)operand.Buffer, operand.Offset, operand.Rows, operand.Columns).Span(),
    };

    /// <summary>A view inside an operation: in a property of it, or of a value among its properties.</summary>
    private sealed record Place(
        string Path, object Buffer, long Offset, int Rows, int Columns, PropertyInfo[] Properties)
    {
        private const BindingFlags OfInstance = BindingFlags.Public | BindingFlags.Instance;

        /// <summary>Every view that is not empty.</summary>
        public static IEnumerable<Place> Find(IOperation operation) => Find(operation, []);

        /// <summary>The operation with a view of other memory there, of so many rows and columns more.</summary>
        public IOperation With(IOperation operation, int rows, int columns)
        {
            object view = Properties[^1].PropertyType.GetGenericArguments()[0] switch
            {
                Type type when type == typeof(float) => View<float>(Rows + rows, Columns + columns),
                Type type when type == typeof(int) => View<int>(Rows + rows, Columns + columns),
                _ => View<byte>(Rows + rows, Columns + columns),
            };
            return (IOperation)Set(operation, 0, view);
        }

        private static IEnumerable<Place> Find(object value, PropertyInfo[] way)
        {
            foreach (PropertyInfo property in value.GetType().GetProperties(OfInstance))
            {
                if (!property.PropertyType.IsValueType)
                    continue;
                object part = property.GetValue(value)!;
                PropertyInfo[] here = [.. way, property];
                Place? place = part switch
                {
                    View<float> view when !view.IsEmpty => Of(here, view),
                    View<int> view when !view.IsEmpty => Of(here, view),
                    View<byte> view when !view.IsEmpty => Of(here, view),
                    _ => null,
                };
                if (place is not null)
                {
                    yield return place;
                }
                else if (part is Epilogue or DivergenceGradient or IOperation)
                {
                    foreach (Place inner in Find(part, here))
                        yield return inner;
                }
            }
        }

        private static Place Of<T>(PropertyInfo[] way, View<T> view)
            where T : unmanaged =>
            new(
                string.Join('.', way.Select(property => property.Name)), view.Buffer, view.Offset, view.Rows,
                view.Columns, way);

        private static View<T> View<T>(int rows, int columns)
            where T : unmanaged
        {
            using var reference = new ReferenceDevice();
            return reference.Allocate<T>(rows * columns).AsMatrix(rows, columns);
        }

        // A copy in a box, as reflection needs it to change a value.
        private object Set(object value, int depth, object view)
        {
            PropertyInfo property = Properties[depth];
            object part = depth == Properties.Length - 1 ? view : Set(property.GetValue(value)!, depth + 1, view);
            object copy = RuntimeHelpers.GetObjectValue(value);
            property.SetValue(copy, part);
            return copy;
        }
    }
}
