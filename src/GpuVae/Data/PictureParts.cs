namespace GpuVae.Data;

/// <summary>The pictures to train with and those to test with, each with its class.</summary>
/// <param name="Train">At least one.</param>
/// <param name="Test">Null where the folder has no test part.</param>
/// <param name="LabelNames">The classes of both in natural order, or null where nothing says any.</param>
internal sealed record PictureParts(
    IReadOnlyList<PictureEntry> Train, IReadOnlyList<PictureEntry>? Test, IReadOnlyList<string>? LabelNames)
{
    private static readonly string[] _trainNames = ["train", "training"];

    // Of several the first is the test part.
    private static readonly string[] _testNames = ["test", "testing", "val", "valid", "validation"];

    /// <summary>Decides by the names of folders what is a part and what a class.</summary>
    /// <param name="folder">For messages.</param>
    /// <param name="tree">What it holds.</param>
    /// <param name="tell">Is told what was guessed and left out, or null.</param>
    /// <exception cref="DataException">There are no pictures, or some lie beside classes.</exception>
    public static PictureParts Of(string folder, PictureTree tree, Action<string>? tell)
    {
        if (tree.Pictures.Count == 0)
            throw Nothing(folder, tree);
        var leftOut = new List<string>(tree.LeftOut());
        ILookup<string, PictureEntry> tops = tree.Pictures.ToLookup(picture => picture.Top?.ToLowerInvariant() ?? "");
        PictureEntry[] train = [.. _trainNames.SelectMany(name => tops[name])];
        string[] tests = [.. _testNames.Where(tops.Contains)];
        PictureParts parts;
        if (train.Length > 0 && tests.Length > 0)
        {
            parts = Divide(folder, train, [.. tops[tests[0]]], tell);
            string others = PictureTree.First(
                from top in tops
                where top.Key != tests[0] && !_trainNames.Contains(top.Key)
                let place = top.Key.Length == 0 ? "the folder itself" : $"{top.First().Top}/"
                select $"{PictureTree.Counted(top.Count(), "picture")} of {place}");
            if (others.Length > 0)
                leftOut.Add($"{others} (the parts are {train[0].Top}/ and {tops[tests[0]].First().Top}/)");
        }
        else if (tops.Count == 1 && (train.Length > 0 || tests.Length > 0))
        {
            PictureEntry[] all = WithLabels(folder, tree.Pictures, level: 1, tell);
            parts = new PictureParts(InOrder(all), null, Names(all));
            tell?.Invoke(
                $"{tree.Pictures[0].Top}/ is the only part of the set: the test part is held out of it (--hold-out says how "
                + "much)");
        }
        else
        {
            PictureEntry[] all = WithLabels(folder, tree.Pictures, level: 0, tell);
            parts = new PictureParts(InOrder(all), null, Names(all));
        }
        if (leftOut.Count > 0)
            tell?.Invoke($"left out: {string.Join(", ", leftOut)}");
        return parts;
    }

    private static PictureParts Divide(string folder, PictureEntry[] train, PictureEntry[] test, Action<string>? tell)
    {
        PictureEntry[] trained = WithLabels(folder, train, level: 1, tell);
        PictureEntry[] tested = WithLabels(folder, test, level: 1, tell);
        if (trained[0].Label is null != tested[0].Label is null)
        {
            bool labelled = trained[0].Label is not null;
            tell?.Invoke(
                $"{(labelled ? test : train)[0].Top}/ has no folders of classes: its pictures have no labels, and those of "
                + $"{(labelled ? train : test)[0].Top}/ have");
        }
        return new PictureParts(InOrder(trained), InOrder(tested), Names([.. trained, .. tested]));
    }

    /// <summary>The class of a picture is the folder at a level of its name; all have one or none has.</summary>
    private static PictureEntry[] WithLabels(
        string folder, IReadOnlyList<PictureEntry> pictures, int level, Action<string>? tell)
    {
        PictureEntry[] labelled = [.. pictures.Select(picture => picture with { Label = picture.Segment(level) })];
        int loose = Array.FindIndex(labelled, picture => picture.Label is null);
        if (loose >= 0 && Array.Exists(labelled, picture => picture.Label is not null))
        {
            throw new DataException(
                $"{labelled[loose].Path}: lies beside folders of pictures, which are classes; put it into one of them or take "
                + "it away");
        }
        PictureEntry[] deep = [.. labelled.Where(picture => picture.Segment(level + 1) is not null)];
        if (deep.Length > 0)
        {
            tell?.Invoke(
                $"{PictureTree.Counted(deep.Length, "picture")} in deeper folders, such as {QuotedText.Excerpt(deep[0].Name)}: "
                + $"the class is the first folder's name ({QuotedText.Excerpt(deep[0].Label!)}); name the folder to read to "
                + "have the deeper ones as classes");
        }
        return labelled;
    }

    private static PictureEntry[] InOrder(IReadOnlyList<PictureEntry> pictures) =>
        [.. pictures.OrderBy(picture => picture.Label ?? "", NaturalOrder.Instance)];

    private static string[]? Names(IReadOnlyList<PictureEntry> pictures)
    {
        string[] names = [.. pictures.Select(picture => picture.Label).OfType<string>().Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? null : [.. names.Order(NaturalOrder.Instance)];
    }

    private static DataException Nothing(string folder, PictureTree tree) => new(tree.Tiffs > 0
        ? $"{folder}: holds {PictureTree.Counted(tree.Tiffs, "TIFF picture")} and no others, and TIFF is not read; convert: "
            + "magick mogrify -format png *.tif"
        : $"{folder}: holds no pictures; looked for {string.Join(", ", Imaging.ImageFormats.Endings)}");
}
