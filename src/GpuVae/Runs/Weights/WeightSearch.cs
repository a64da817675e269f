namespace GpuVae.Runs;

/// <summary>A place in a model for one layer of another program.</summary>
/// <param name="Layer">The model's layer.</param>
/// <param name="Half">Which half of its outputs, 0 for means and 1 for log-variances; null for all.</param>
/// <param name="Members">The last names and shapes of the tensors that are needed there.</param>
internal sealed record WeightSlot(ModelLayer Layer, int? Half, IReadOnlyList<(string Member, int[] Shape)> Members)
{
    /// <summary>Whether a layer of another program has these tensors, of these shapes, and no others.</summary>
    /// <param name="module">The layer.</param>
    /// <param name="isTransposed">Whether it has dense weights as (in, out).</param>
    public bool FitsShapes(ForeignModule module, bool isTransposed) =>
        module.Members.Count == Members.Count && Members.All(
            needed => module.Members.TryGetValue(needed.Member, out var tensor)
                && tensor.Shape.SequenceEqual(ShapeOf(needed, isTransposed)));

    /// <summary>Whether the names say nothing against it either.</summary>
    public bool Fits(ForeignModule module, bool isTransposed)
    {
        bool isNamedSo = Layer.Part is "encoder" or "decoder"
            ? module.Part is null || module.Part == Layer.Part
            : module.Name == Layer.Name;
        bool isHalf = Half is null || module.PosteriorName == PosteriorName.None
            || module.PosteriorName == (Half == 0 ? PosteriorName.Mean : PosteriorName.LogVariance);
        return isNamedSo && isHalf && FitsShapes(module, isTransposed);
    }

    /// <summary>The shape that a tensor has to have.</summary>
    public int[] ShapeOf((string Member, int[] Shape) needed, bool isTransposed) =>
        isTransposed && Layer.IsDense && needed.Shape.Length == 2 ? [needed.Shape[1], needed.Shape[0]] : needed.Shape;
}

/// <summary>Which layers of another program may be which of a model.</summary>
/// <param name="slots">The model's, in the order in which they compute.</param>
/// <param name="modules">The other's.</param>
/// <param name="isTransposed">Whether those have dense weights as (in, out).</param>
internal sealed class WeightSearch(
    IReadOnlyList<WeightSlot> slots, IReadOnlyList<ForeignModule> modules, bool isTransposed)
{
    /// <summary>A search that has compared so many layers is given up: the names say too little.</summary>
    private const int MostComparisons = 1 << 26;

    private readonly int[][] _candidates =
    [
        .. slots.Select(slot => Enumerable.Range(0, modules.Count).Where(i => slot.Fits(modules[i], isTransposed)).ToArray()),
    ];

    private int _comparisons;

    /// <summary>What the numbers in names count for.</summary>
    private enum Order
    {
        /// <summary>A lower number computes first.</summary>
        OfAll,

        /// <summary>Among layers of the same shapes, a lower number computes first: <c>fc21</c> is behind <c>fc3</c> in some programs, but not behind <c>fc22</c>.</summary>
        OfLike,

        /// <summary>Nothing.</summary>
        None,
    }

    /// <summary>
    /// For each slot its module, by shapes alone where these leave one way, else by the order that numbers in names give.
    /// </summary>
    /// <returns>None where there is no way; two where there are several, or too many to look through.</returns>
    public IReadOnlyList<int[]> Find()
    {
        foreach (Order order in (Order[])[Order.OfAll, Order.OfLike, Order.None])
        {
            var found = new List<int[]>();
            int[] chosen = new int[slots.Count];
            Array.Fill(chosen, -1);
            _comparisons = 0;
            Extend(chosen, order, found);
            if (found.Count > 0)
                return _comparisons < MostComparisons ? found : [found[0], found[^1]];
        }
        return [];
    }

    /// <summary>For each slot a module, for as many as can have one at a time; -1 for the others (Kuhn 1955).</summary>
    public int[] FindMost()
    {
        int[] slotOf = new int[modules.Count];
        Array.Fill(slotOf, -1);
        for (int slot = 0; slot < slots.Count; slot++)
            Augment(slot, slotOf, new bool[modules.Count]);
        int[] chosen = new int[slots.Count];
        Array.Fill(chosen, -1);
        for (int module = 0; module < modules.Count; module++)
        {
            if (slotOf[module] >= 0)
                chosen[slotOf[module]] = module;
        }
        return chosen;
    }

    /// <summary>Fills the slot that has the fewest modules left, in every way, until two are found.</summary>
    private void Extend(int[] chosen, Order order, List<int[]> found)
    {
        int slot = -1;
        int[] left = [];
        for (int i = 0; i < chosen.Length; i++)
        {
            if (chosen[i] >= 0)
                continue;
            int[] fitting = [.. _candidates[i].Where(module => IsFree(chosen, order, i, module))];
            if (slot < 0 || fitting.Length < left.Length)
                (slot, left) = (i, fitting);
            if (left.Length == 0)
                return;
        }
        if (slot < 0)
        {
            found.Add([.. chosen]);
            return;
        }
        foreach (int module in left)
        {
            if (found.Count == 2 || _comparisons >= MostComparisons)
                return;
            chosen[slot] = module;
            Extend(chosen, order, found);
            chosen[slot] = -1;
        }
    }

    /// <summary>Whether no slot has the module, and none has one that computes before it and is to compute behind, or the reverse.</summary>
    private bool IsFree(int[] chosen, Order order, int slot, int module)
    {
        _comparisons += chosen.Length;
        for (int other = 0; other < chosen.Length; other++)
        {
            if (chosen[other] == module)
                return false;
            if (chosen[other] < 0 || order == Order.None)
                continue;
            (ForeignModule first, ForeignModule second) = other < slot
                ? (modules[chosen[other]], modules[module])
                : (modules[module], modules[chosen[other]]);
            if (first.IsBehind(second) && (order == Order.OfAll || first.IsLike(second)))
                return false;
        }
        return true;
    }

    private bool Augment(int slot, int[] slotOf, bool[] isSeen)
    {
        foreach (int module in _candidates[slot])
        {
            if (isSeen[module])
                continue;
            isSeen[module] = true;
            if (slotOf[module] < 0 || Augment(slotOf[module], slotOf, isSeen))
            {
                slotOf[module] = slot;
                return true;
            }
        }
        return false;
    }
}
