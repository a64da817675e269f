namespace GpuVae.Data;

/// <summary>
/// What stands between the numbers of a file and those that a model takes, in both directions: columns are found by their
/// names, missing cells are filled, words become columns of 0 and 1, numbers are scaled. What it needs to know comes from the
/// training examples alone (<see cref="Fit(ImageSet)"/>); a run keeps it in <c>config.json</c>, so that whatever goes into the
/// model later, and whatever comes out of it, takes the same way.
/// </summary>
public sealed record Pipeline
{
    /// <summary>Numbers as they are.</summary>
    public static Pipeline None { get; } = new();

    /// <summary>What becomes of the numbers, after the missing ones have been filled.</summary>
    public Scaling Scaling { get; init; } = Scaling.None;

    /// <summary>What the columns are called, (D), in the order in which the model takes them; none where nobody named them.</summary>
    public IReadOnlyList<string> ColumnNames { get; init; } = [];

    /// <summary>
    /// What stands before decimals, a point or a comma, where another table's numbers may leave it open; null where nothing was
    /// found.
    /// </summary>
    public char? DecimalMark { get; init; }

    /// <summary>What becomes of cells that are missing.</summary>
    public MissingRule Missing { get; init; }

    /// <summary>What stands for a missing cell of each column, (D); none where missing cells are not filled.</summary>
    public IReadOnlyList<double> FillValues { get; init; } = [];

    /// <summary>Whether, where missing cells are filled, columns of their own say where they were.</summary>
    public bool MasksMissing { get; init; }

    /// <summary>The columns that hold words, in their order.</summary>
    public IReadOnlyList<Category> Categories { get; init; } = [];

    /// <summary>Columns of numbers whose missing cells are marked, from 0, in their order.</summary>
    public IReadOnlyList<int> MaskedColumns { get; init; } = [];

    /// <summary>Whether a model has other columns than the table.</summary>
    private bool HasGroups => Categories.Count + MaskedColumns.Count > 0;

    /// <summary>A pipeline that scales by a method whose numbers are still to be found.</summary>
    /// <exception cref="UserException">There is no such method.</exception>
    public static Pipeline Scaled(string method) => new() { Scaling = Scaling.Named(method) };

    /// <summary>Finds from training examples what is not known yet.</summary>
    /// <param name="train">The examples that training sees, as they were read, and no others.</param>
    /// <exception cref="DataException">A column has no number to fill its missing cells with.</exception>
    public Pipeline Fit(ImageSet train) => Fit("the training examples", train);

    /// <summary>The same, where messages are to name the data.</summary>
    internal Pipeline Fit(string source, ImageSet train)
    {
        ArgumentNullException.ThrowIfNull(train);
        Pipeline named = ColumnNames.Count == 0 && train.ColumnNames is { } names ? this with { ColumnNames = names } : this;
        named = named with { DecimalMark = DecimalMark ?? train.DecimalMark };
        if (FillValues.Count == 0 && Missing is MissingRule.Mean or MissingRule.Median && !train.AreBytes)
        {
            int[] missing = MissingCells.CountByColumn(train);
            named = named with
            {
                FillValues = MissingCells.FillValues(source, train, Missing),
                MaskedColumns = [.. Enumerable.Range(0, missing.Length).Where(
                    column => MasksMissing && missing[column] > 0 && train.Levels?[column] is null)],
            };
        }
        if (Categories.Count == 0 && train.Levels is { } levels)
        {
            named = named with
            {
                Categories = [.. Enumerable.Range(0, levels.Count).Where(column => levels[column] is not null)
                    .Select(column => Category.Of(train, column))],
            };
        }
        return named.NumbersOf(named.Fill(train)) is ImageSet numbers
            ? named with { Scaling = Scaling.Fit(source, numbers) }
            : named;
    }

    /// <summary>Examples as the model takes them.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="images">As they were read; they stay as they are where they are shared.</param>
    /// <param name="keepsImpossible">Whether numbers that a model cannot take stay, as NaN or infinity: for scores.</param>
    /// <exception cref="DataException">
    /// A cell is missing and nothing is to fill it, there is a number that is not finite, or the examples have another length.
    /// </exception>
    public ImageSet Apply(string source, ImageSet images, bool keepsImpossible = false)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!HasGroups)
            return Scaling.Apply(source, Fill(images), keepsImpossible);
        ImageSet? numbers = NumbersOf(Fill(images));
        return new OneHot(this).Expand(images, numbers is null ? null : Scaling.Apply(source, numbers, keepsImpossible));
    }

    /// <summary>Columns of the table whose examples a model takes.</summary>
    /// <param name="dimensions">D, those of the model.</param>
    public int TableColumns(int dimensions) => HasGroups ? new OneHot(this).TableColumns(dimensions) : dimensions;

    /// <summary>A picture file as the model takes it, whatever the data that the run was trained on came from.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="picture">Bytes.</param>
    /// <exception cref="DataException">The picture has another size than the run's.</exception>
    /// <remarks>
    /// The run may have been trained on an array of pixels from 0 to 1. Then what scaling takes away is small, and the bytes are
    /// divided by 255 first.
    /// </remarks>
    public ImageSet ApplyToPicture(string source, ImageSet picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        double largest = 0;
        for (int i = 0; i < Scaling.Offsets.Count; i++)
            largest = Math.Max(largest, Scaling.Offsets[i] + (3 / Scaling.Factors[i]));
        if (picture.Pixels is null || Scaling.Offsets.Count == 0 || largest > 4)
            return Apply(source, picture);
        var units = new float[picture.Pixels.Length];
        picture.CopyTo(0, units);
        return Apply(source, picture.WithValues(units));
    }

    /// <summary>
    /// Numbers of the model in the units of the file: x = x' / factor + offset. A category is its likeliest level, by its place
    /// among <see cref="Category.Levels"/>.
    /// </summary>
    /// <param name="values">(N, D), what a model has made.</param>
    /// <param name="dimensions">D.</param>
    /// <returns>(N, <see cref="TableColumns"/>).</returns>
    public double[] Invert(ReadOnlySpan<float> values, int dimensions) =>
        HasGroups ? new OneHot(this).Collapse(values, dimensions) : Scaling.Invert(values, dimensions);

    /// <summary>
    /// Images of a model as pictures show them, 0 black and 1 white. Where pixels were scaled to something else they go back to
    /// the units of the file, whose white is taken to be 1, 255 or the largest number there is.
    /// </summary>
    /// <param name="values">(N, D), what a model has made.</param>
    /// <param name="dimensions">D.</param>
    /// <returns>(N, D); the same array where nothing is to be done.</returns>
    public float[] ToPictures(float[] values, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (Scaling.Offsets.Count == 0 || Scaling.StaysInUnitRange)
            return values;
        double[] numbers = Invert(values, dimensions);
        double white = WhiteOf(numbers);
        return Array.ConvertAll(numbers, number => (float)(number / white));
    }

    /// <summary>What is white among pixels in the units of their file.</summary>
    internal static double WhiteOf(double[] numbers)
    {
        double most = numbers.Length == 0 ? 1 : numbers.Max();
        // A reconstruction may go a little beyond what its pixels were.
        return most <= 1.5 ? 1 : most <= 300 ? 255 : most;
    }

    /// <summary>The columns of other data in the order in which the model takes them.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="images">Other data.</param>
    /// <param name="tell">Is told where columns were left out, or could be found by their position only; or null.</param>
    /// <exception cref="DataException">A column is missing; the message names it.</exception>
    public ImageSet Align(string source, ImageSet images, Action<string>? tell)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (ColumnNames.Count == 0 || images.Height != 1 || images.AreBytes)
            return images;
        if (images.ColumnNames is not { } names)
        {
            if (images.Dimensions == ColumnNames.Count)
                tell?.Invoke($"{source} names no columns: they are taken in the order of the training table");
            return images;
        }
        if (names.SequenceEqual(ColumnNames))
            return images;
        int[] places = FindColumns(names);
        RequireAll(source, names, places);
        if (names.Count > ColumnNames.Count)
        {
            string[] others = [.. names.Where((_, column) => !places.Contains(column))];
            tell?.Invoke($"{source}: left out {Count(others.Length, "column")} that the run does not know: {Listed(others)}");
        }
        return images.TakeColumns(places);
    }

    /// <summary>Refuses other data that lack a column of the run.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="names">What their columns are called.</param>
    /// <param name="places">As of <see cref="FindColumns"/>.</param>
    /// <exception cref="DataException">One is missing; the message names it.</exception>
    internal void RequireAll(string source, IReadOnlyList<string> names, int[] places)
    {
        string[] missing = [.. ColumnNames.Where((_, column) => places[column] < 0)];
        if (missing.Length > 0)
        {
            throw new DataException(
                $"{source}: lacks {Count(missing.Length, "column")} that the run was trained on: {Listed(missing)}; it has "
                + Listed(names));
        }
    }

    /// <summary>Where other data have the columns of the run: of some with one name, each in its turn.</summary>
    /// <param name="names">What the columns of other data are called.</param>
    /// <returns>(D), from 0; −1 for one that is not there.</returns>
    internal int[] FindColumns(IReadOnlyList<string> names)
    {
        var places = new int[ColumnNames.Count];
        var isTaken = new bool[names.Count];
        for (int column = 0; column < places.Length; column++)
        {
            places[column] = -1;
            for (int place = 0; place < names.Count && places[column] < 0; place++)
            {
                if (!isTaken[place] && names[place] == ColumnNames[column])
                    (places[column], isTaken[place]) = (place, true);
            }
        }
        return places;
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static string Listed(IReadOnlyList<string> names) => string.Join(
        ", ",
        names.Count <= 8
            ? names.Select(name => QuotedText.Excerpt(name))
            : [.. names.Take(7).Select(name => QuotedText.Excerpt(name)), $"… ({names.Count} in all)"]);

    /// <summary>The columns of numbers; null where there are none.</summary>
    internal ImageSet? NumbersOf(ImageSet images)
    {
        if (Categories.Count == 0)
            return images;
        int[] columns = new OneHot(this).NumberColumns(images.Dimensions);
        return columns.Length == 0 ? null : images.TakeColumns(columns);
    }

    private ImageSet Fill(ImageSet images) => FillValues.Count == 0 || images.AreBytes
        ? images
        : FillValues.Count == images.Dimensions
            ? MissingCells.Fill(images, FillValues)
            : images; // Scaling, or the model, says that the length is wrong.
}
