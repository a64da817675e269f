using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>Why weights of another program are not those of a model, in a line that names both.</summary>
/// <param name="path">The file of the weights.</param>
/// <param name="slots">The model's places.</param>
/// <param name="modules">The file's layers.</param>
/// <param name="isTransposed">Whether those have dense weights as (in, out).</param>
internal sealed class WeightFault(
    string path, IReadOnlyList<WeightSlot> slots, IReadOnlyList<ForeignModule> modules, bool isTransposed)
{
    /// <summary>Names that a message lists.</summary>
    private const int MostNames = 6;

    private const string Advice = "the options have to describe the network of the file, or --map FILE says what belongs together";

    /// <summary>A shape as PyTorch writes it.</summary>
    public static string Text(int[] shape) => $"({string.Join(", ", shape)})";

    /// <summary>A tensor with its shape.</summary>
    public static string Text(NamedTensor tensor) => $"{Name(tensor.Name)} {Text(tensor.Shape)}";

    /// <summary>There is nothing for a place.</summary>
    /// <param name="chosen">For each slot a module, -1 where there is none.</param>
    public UserException Missing(int[] chosen)
    {
        int index = Array.IndexOf(chosen, -1);
        ForeignModule[] free = [.. modules.Where((_, i) => !chosen.Contains(i))];
        if (index < 0)
        {
            // Each can have one, but the search for all at a time was given up.
            return Alike(chosen);
        }
        WeightSlot slot = slots[index];
        string wanted = Text(slot);
        if (slot.Half is not null && modules.FirstOrDefault(
            module => module.PosteriorName == PosteriorName.Deviation && slot.FitsShapes(module, isTransposed)) is ForeignModule deviation)
        {
            return new UserException(
                $"{path}: {Name(deviation.Name)} is named like a deviation, and the second half of {slot.Layer.Name} is log σ²; where it gives that "
                + $"nevertheless, write {slot.Layer.Name} = MEANS + {Name(deviation.Name)} into a file for --map");
        }
        if (Nearest(slot, free) is not ForeignModule near)
        {
            string plain = slot.Half != 1
                ? ""
                : "; the file of an autoencoder without a posterior has none: take --code point (--preset ae) for it";
            return new UserException(
                $"{path}: holds nothing for {wanted}{plain}" + (free.Length == 0 ? "" : $"; not used: {List(free)}") + $"; {Advice}");
        }
        if (slot.FitsShapes(near, isTransposed))
        {
            return new UserException(
                $"{path}: {Name(near.Name)} has the shapes of {slot.Layer.Name}{Half(slot)} and is named like another part; where it is that "
                + $"nevertheless, write {slot.Layer.Name} = {Name(near.Name)} into a file for --map");
        }
        foreach ((string member, int[] shape) in slot.Members)
        {
            int[] needed = slot.ShapeOf((member, shape), isTransposed);
            string name = slot.Layer.NameOf(member);
            if (!near.Members.TryGetValue(member, out NamedTensor? tensor))
            {
                return new UserException(
                    $"{path}: there is no {Name(near.Name)}.{member} for {name} {Text(shape)}, beside "
                    + $"{string.Join(", ", near.Members.Values.Select(Text))}; where the layer has none, write {name} = "
                    + $"{(member is "weight" or "running_var" ? 1 : 0)} into a file for --map");
            }
            if (!tensor.Shape.SequenceEqual(needed))
            {
                return new UserException(
                    $"{path}: {name}{Half(slot)} is {Text(shape)}, and nothing there is; nearest is {Text(tensor)}; {Advice}");
            }
        }
        return new UserException(
            $"{path}: {wanted} has no {string.Join(" and no ", near.Members.Keys.Except(slot.Members.Select(member => member.Member)))}, and "
            + $"{string.Join(", ", near.Members.Values.Select(Text))} has; {Advice}");
    }

    /// <summary>Every place has something, and something is left.</summary>
    /// <param name="chosen">For each slot its module.</param>
    public UserException LeftOver(int[] chosen)
    {
        ForeignModule[] left = [.. modules.Where((_, i) => !chosen.Contains(i))];
        string first = Name(left[0].Members.Values.First().Name);
        return new UserException(
            $"{path}: the model has no place for {List(left)}; {Advice}, and {WeightMap.Nothing} = {first} what is to be left out");
    }

    /// <summary>A place has several that fit.</summary>
    /// <param name="one">For each slot its module.</param>
    /// <param name="other">The same in another way.</param>
    public UserException Ambiguous(int[] one, int[] other)
    {
        int slot = Enumerable.Range(0, one.Length).FirstOrDefault(i => one[i] != other[i], -1);
        if (slot < 0)
            return Alike(one);
        ForeignModule a = modules[one[slot]], b = modules[other[slot]];
        ModelLayer layer = slots[slot].Layer;
        if (IsHead(slots[slot]))
        {
            return new UserException(
                $"{path}: two fit {Text(slots[slot])}, the last of the encoder: {Text(a.Members[slots[slot].Members[0].Member])} and "
                + $"{Text(b.Members[slots[slot].Members[0].Member])}, as of a variational autoencoder, whose means and log-variances they are; "
                + "take --code diagonal (--preset vae), or say which in a file for --map, as in "
                + $"{layer.Name} = {Name(a.Name)}");
        }
        string member = slots[slot].Members[0].Member;
        string example = slots[slot].Half is null ? Name(a.Name) : $"{Name(a.Name)} + {Name(b.Name)}";
        return new UserException(
            $"{path}: two fit {Text(slots[slot])}: {Text(a.Members[member])} and {Text(b.Members[member])}; say which in a "
            + $"file for --map, as in {layer.Name} = {example}");
    }

    /// <summary>Whether it is the encoder's last layer, of a code that is not drawn.</summary>
    private bool IsHead(WeightSlot slot) =>
        slot.Half is null && slot.Layer.IsDense && slot == slots.LastOrDefault(other => other.Layer.Part == "encoder");

    private UserException Alike(int[] chosen) => new(
        $"{path}: too many of its layers are alike to tell by their names which is which; write it into a file for --map, as in "
        + $"{slots[0].Layer.Name} = {Name(modules[chosen[0]].Name)}");

    /// <summary>A layer with what is like it: the same tensors in most dimensions.</summary>
    private ForeignModule? Nearest(WeightSlot slot, IReadOnlyList<ForeignModule> free) => free
        .Select(module => (Module: module, Differences: Differences(slot, module)))
        .Where(candidate => candidate.Differences is not null)
        .OrderBy(candidate => candidate.Module.Part is null || candidate.Module.Part == slot.Layer.Part ? 0 : 1)
        .ThenBy(candidate => candidate.Differences)
        .Select(candidate => candidate.Module)
        .FirstOrDefault();

    /// <summary>How far a layer is from fitting; null where it is of another kind.</summary>
    private int? Differences(WeightSlot slot, ForeignModule module)
    {
        int differences = 0;
        (string Member, int[] Shape) first = slot.Members[0];
        if (!module.Members.TryGetValue(first.Member, out NamedTensor? weight) || weight.Shape.Length != first.Shape.Length)
            return null;
        foreach ((string Member, int[] Shape) needed in slot.Members)
        {
            int[] shape = slot.ShapeOf(needed, isTransposed);
            differences += module.Members.TryGetValue(needed.Member, out NamedTensor? tensor) && tensor.Shape.Length == shape.Length
                ? shape.Zip(tensor.Shape).Count(pair => pair.First != pair.Second)
                : 1;
        }
        return differences;
    }

    /// <summary>A name of the file, fit for a line.</summary>
    private static string Name(string name) => QuotedText.Excerpt(QuotedText.OneLine(name));

    private static string Half(WeightSlot slot) => slot.Half switch
    {
        null => "",
        0 => ", means alone,",
        _ => ", log-variances alone,",
    };

    private static string Text(WeightSlot slot) => slot.Layer.NameOf(slot.Members[0].Member)
        + (slot.Half switch { null => " ", 0 => ", means alone, ", _ => ", log-variances alone, " }) + Text(slot.Members[0].Shape);

    private static string List(IReadOnlyList<ForeignModule> some)
    {
        NamedTensor[] tensors = [.. some.SelectMany(module => module.Members.Values)];
        return string.Join(", ", tensors.Take(MostNames).Select(Text))
            + (tensors.Length > MostNames ? $" and {tensors.Length - MostNames} more" : "");
    }
}
