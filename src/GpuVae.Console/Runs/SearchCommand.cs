using System.CommandLine;
using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae search</c>: the training images whose codes are nearest to those of a query.</summary>
internal sealed class SearchCommand : RunVerb
{
    private const int DefaultCount = 10;
    private const int MostNeighbors = 100;
    private const int MostQueries = 100;

    private static readonly Option<int?> _count = OptionValue.Whole(
        "--count", $"How many images to find for each query. Default: {DefaultCount}.");

    private readonly Argument<string[]> _queries = new("QUERY")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "What to search for: the number of a test image, counted from 0, or an image file of the size of " +
            "the run's images. Several give a row each.",
    };

    /// <summary>The verb.</summary>
    public SearchCommand()
        : base(
            "search",
            "Finds the images nearest to a query by their binary codes.",
            "Encodes the training images and the queries with a run of binary code, and finds the codes that differ in the " +
            "fewest bits. Draws each query on the left of what was found, nearest first: in a green frame where the label " +
            "is the query's, in an orange one where it is another; rows of numbers as curves in these colours.",
            RunNeeds.Data | RunNeeds.Show,
            Output("FILE", "PNG file to write. Default: a new search.png in the run's images/."),
            [new OptionGroup("Options", [_count])]) =>
        Add(_queries);

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae search runs/hash 0 1 2 3", "The images nearest to the first four test images."),
        new("gpuvae search runs/hash drawing.png --count 20 --out found.png", "Those nearest to an image of your own."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string[] asked = line.GetValue(_queries) ?? [];
        if (asked.Length is 0 or > MostQueries)
        {
            throw new UsageException(
                $"search: name the run and then 1 to {MostQueries} queries: numbers of test images, or image files");
        }

        int count = InRange("--count", line.GetValue(_count) ?? DefaultCount, 1, MostNeighbors);
        string? path = Out(line, ".png");
        using OpenedRun run = Open(line);
        using var hashes = new RunHashes(run, "search");
        count = Math.Min(count, hashes.Train.Count);
        Query[] queries = [.. asked.Select(text => Read(text, run))];

        // 1. Search.
        BitCodes codes = hashes.Hashed.Codes;
        BitCodes sought = hashes.Hash(Together(queries)).Codes;
        var search = new HammingSearch(codes);
        var found = new Neighbor[queries.Length][];
        for (int i = 0; i < queries.Length; i++)
        {
            found[i] = new Neighbor[count];
            search.Find(sought[i], found[i]);
        }

        // 2. Say and draw what was found.
        TextTable.Write(
            ["query", "label", "found", "bits apart"], [.. queries.Select((query, i) => Row(query, found[i], hashes.Train))]);
        Console.Out.WriteLine();
        if (hashes.Train.ExampleNames is { } names)
        {
            foreach ((Query query, Neighbor[] near) in queries.Zip(found))
            {
                WrappedText.WriteLine($"{query.Name}: {string.Join(", ", near.Select(neighbor => names[neighbor.Index]))}");
            }

            Console.Out.WriteLine();
        }

        if (IsChance(queries, found, hashes.Train))
        {
            Notice.Write(
                "what was found has the query's label no more often than any training image has: train longer with --epochs, or with "
                + "another --code-noise, --latent or --hidden");
        }

        WrappedText.WriteLine(SearchTime.Text(SearchTime.Median(sought, codes, count), codes));
        path = PictureFile.Write(
            path, run.Trained.Folder.ImagesPath, "search",
            picture => Draw(picture, queries, found, hashes.Train, run.Trained.Pipeline));
        Written(line, path);
        return ExitCode.Done;
    }

    /// <summary>A number is a test image, anything else a file.</summary>
    private static Query Read(string text, OpenedRun run)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            return new Query(text, RunImages.Read(text, run.Trained, Notice.Write));
        }

        ImageSet test = run.Data.Test;
        InRange("QUERY", index, 0, test.Count - 1);
        return new Query($"test {(test.Height > 1 ? "image" : "example")} {index}", test.Take([index]));
    }

    /// <summary>The queries as one set of real numbers, as a model sees them.</summary>
    private static ImageSet Together(Query[] queries)
    {
        ImageSet first = queries[0].Image;
        var values = new float[queries.Length * first.Dimensions];
        for (int i = 0; i < queries.Length; i++)
        {
            queries[i].Image.CopyTo(0, values.AsSpan(i * first.Dimensions, first.Dimensions));
        }

        return new ImageSet(values, null, first.Height, first.Width, first.Channels);
    }

    /// <summary>Whether so many images drawn at random would have the labels of their queries as often.</summary>
    private static bool IsChance(Query[] queries, Neighbor[][] found, ImageSet train)
    {
        double same = 0, expected = 0;
        foreach ((Query query, Neighbor[] near) in queries.Zip(found))
        {
            if (query.Label is not string label || train.Labels is null)
            {
                continue;
            }

            same += near.Count(neighbor => train.LabelOf(neighbor.Index) == label);
            expected += near.Length * (double)Enumerable.Range(0, train.Count).Count(i => train.LabelOf(i) == label) / train.Count;
        }

        return expected > 0 && same <= expected;
    }

    private static string[] Row(Query query, Neighbor[] found, ImageSet train)
    {
        string distances = found[0].Distance == found[^1].Distance
            ? $"{found[0].Distance}"
            : $"{found[0].Distance} to {found[^1].Distance}";
        if (query.Label is not string label || train.Labels is null)
        {
            return [query.Name, query.Label ?? "–", $"{found.Length}", distances];
        }

        int same = found.Count(neighbor => train.LabelOf(neighbor.Index) == label);
        return [query.Name, label, $"{same} of {found.Length} with its label", distances];
    }

    private static void Draw(string path, Query[] queries, Neighbor[][] found, ImageSet train, Pipeline pipeline)
    {
        int columns = 1 + found[0].Length, dimensions = train.Dimensions;
        var images = new float[queries.Length * columns * dimensions];
        var marks = new FrameMark[queries.Length * columns];
        for (int i = 0; i < marks.Length; i++)
        {
            (int row, int column) = (i / columns, i % columns);
            Query query = queries[row];
            Span<float> image = images.AsSpan(i * dimensions, dimensions);
            if (column == 0)
            {
                query.Image.CopyTo(0, image);
                marks[i] = FrameMark.Query;
                continue;
            }

            int index = found[row][column - 1].Index;
            train.CopyTo(index, image);
            marks[i] = query.Label is null || train.LabelOf(index) is not string label ? FrameMark.None
                : label == query.Label ? FrameMark.SameLabel
                : FrameMark.OtherLabel;
        }

        string[] names = Array.ConvertAll(queries, query => query.Label is null ? query.Name : $"{query.Name} ({query.Label})");
        (int Height, int Width, int Channels) shape = (train.Height, train.Width, train.Channels);
        if (shape.Height > 1)
        {
            float[] pictures = pipeline.ToPictures(images, dimensions);
            Png.Write(path, NeighborGrid.Compose(pictures, marks, queries.Length, columns, shape, names));
        }
        else
        {
            ExamplePicture.Write(path, images, queries.Length, columns, shape, new PictureLabels { Rows = names }, marks: marks);
        }
    }

    /// <summary>What is searched for: one image, and its label where it has one.</summary>
    private sealed record Query(string Name, ImageSet Image)
    {
        public string? Label => Image.LabelOf(0);
    }
}
