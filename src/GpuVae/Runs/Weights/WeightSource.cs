using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>What a tensor of a model is made of: tensors of another program, put behind each other, or one number.</summary>
/// <param name="Layer">The model's layer.</param>
/// <param name="Member">The tensor's last name.</param>
/// <param name="Shape">Its shape in a checkpoint.</param>
/// <param name="Tensors">The other program's; none for a number.</param>
internal sealed record WeightSource(ModelLayer Layer, string Member, int[] Shape, IReadOnlyList<NamedTensor> Tensors)
{
    /// <summary>The number that all of it is, where there are no tensors.</summary>
    public float Constant { get; init; }

    /// <summary>Whether dense weights are (in, out) there.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>The tensor's name.</summary>
    public string Name => Layer.NameOf(Member);

    private bool IsMatrix => Layer.IsDense && Shape.Length == 2;

    /// <summary>Whether the shapes fit: those of the other program add up to this one, along the outputs.</summary>
    public bool Fits()
    {
        if (Tensors.Count == 0)
            return true;
        if (Tensors.Any(tensor => tensor.Shape.Length != Shape.Length))
            return false;
        int outputs = IsTransposed && IsMatrix ? 1 : 0;
        int[] expected = outputs == 1 ? [Shape[1], Shape[0]] : Shape;
        return Tensors.Sum(tensor => (long)tensor.Shape[outputs]) == expected[outputs]
            && Tensors.All(tensor => Enumerable.Range(0, Shape.Length).All(
                dimension => dimension == outputs || tensor.Shape[dimension] == expected[dimension]));
    }

    /// <summary>The numbers as a checkpoint has them.</summary>
    public NamedTensor Make()
    {
        var values = new float[Shape.Aggregate(1L, (product, size) => checked(product * size))];
        if (Tensors.Count == 0)
        {
            Array.Fill(values, Constant);
            return new NamedTensor(Name, Shape, values);
        }
        int rows = Shape[0], columns = values.Length / rows, first = 0;
        // Where one of theirs ends the next begins.
        foreach (NamedTensor tensor in Tensors)
        {
            int some = tensor.Values.Length / columns;
            for (int row = 0; row < some; row++)
            {
                Span<float> place = values.AsSpan((first + row) * columns, columns);
                if (IsTransposed && IsMatrix)
                {
                    for (int column = 0; column < columns; column++)
                        place[column] = tensor.Values[(column * some) + row];
                }
                else
                {
                    tensor.Values.AsSpan(row * columns, columns).CopyTo(place);
                }
            }
            first += some;
        }
        return new NamedTensor(Name, Shape, Ordered(values, rows, columns));
    }

    /// <summary>How it is made, in words.</summary>
    public string Text()
    {
        if (Tensors.Count == 0)
            return FormattableString.Invariant($"{Constant} everywhere");
        List<string> steps = [];
        if (Tensors.Count > 1)
            steps.Add(Layer.IsPosterior && Tensors.Count == 2 ? "joined, μ and log σ²" : "joined");
        if (IsTransposed && IsMatrix)
            steps.Add("transposed");
        if (Layer.Columns is not null && IsMatrix)
            steps.Add("columns from NCHW");
        if (Layer.Rows is not null)
            steps.Add(IsMatrix ? "rows from NCHW" : "from NCHW");
        return steps.Count == 0 ? "as is" : string.Join(", ", steps);
    }

    /// <summary>The same numbers in the order of maps here.</summary>
    private float[] Ordered(float[] values, int rows, int columns)
    {
        MapOrder? rowsOf = Layer.Rows, columnsOf = IsMatrix ? Layer.Columns : null;
        if (rowsOf is null && columnsOf is null)
            return values;
        var ordered = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> from = values.AsSpan((rowsOf?.InNchw(row) ?? row) * columns, columns);
            Span<float> to = ordered.AsSpan(row * columns, columns);
            if (columnsOf is null)
            {
                from.CopyTo(to);
                continue;
            }
            for (int column = 0; column < columns; column++)
                to[column] = from[columnsOf.InNchw(column)];
        }
        return ordered;
    }
}
