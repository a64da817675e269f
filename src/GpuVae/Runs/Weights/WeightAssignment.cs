using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>What every tensor of a model is made of.</summary>
/// <param name="Sources">One for each tensor of the model.</param>
/// <param name="LeftOut">Names of tensors that nothing is made of, all of which may be left out.</param>
internal sealed record WeightAssignment(IReadOnlyList<WeightSource> Sources, IReadOnlyList<string> LeftOut)
{
    /// <summary>How many batches a norm has seen in training, which its use does not need.</summary>
    private const string Count = "num_batches_tracked";

    /// <summary>Finds it: what the map says, and the rest by a <see cref="WeightSearch"/>.</summary>
    /// <param name="path">The file of the tensors, for messages.</param>
    /// <param name="tensors">What it holds.</param>
    /// <param name="layout">The model.</param>
    /// <param name="map">What a person says of the names.</param>
    /// <param name="mapPath">Where that stands, for messages.</param>
    /// <exception cref="UserException">There is no way, or several.</exception>
    public static WeightAssignment Of(
        string path, IReadOnlyList<NamedTensor> tensors, ModelLayout layout, IReadOnlyList<WeightMapLine> map, string mapPath)
    {
        var said = MappedWeights.Of(path, tensors, layout, map, mapPath);
        string[] counts = [.. tensors.Select(tensor => tensor.Name).Where(IsCount).Except(said.Used)];
        HashSet<string> taken = [.. said.Used, .. said.LeftOut, .. counts];
        IReadOnlyList<ForeignModule> modules = ForeignModule.Of(tensors.Where(tensor => !taken.Contains(tensor.Name)));

        UserException? mapFault = null;
        (int Distance, UserException Fault)? nearest = null;
        // As PyTorch has dense weights before as others have them; one layer for a posterior before two.
        foreach (bool isTransposed in (bool[])[false, true])
        {
            IReadOnlyList<WeightSource>? mapped = said.Fitted(isTransposed, ref mapFault);
            if (mapped is null)
                continue;
            foreach (bool hasHalves in (bool[])[false, true])
            {
                if (Slots(layout, said.Names, hasHalves) is not IReadOnlyList<WeightSlot> slots)
                    continue;
                var search = new WeightSearch(slots, modules, isTransposed);
                var report = new WeightFault(path, slots, modules, isTransposed);
                IReadOnlyList<int[]> found = search.Find();
                if (found is [int[] chosen] && chosen.Length == modules.Count)
                {
                    return new WeightAssignment(
                        [.. mapped, .. Joined(slots, modules, chosen, isTransposed)], [.. said.LeftOut, .. counts]);
                }
                (int Distance, UserException Fault) here = found switch
                {
                    [] when search.FindMost() is var most =>
                        (most.Count(module => module < 0) + modules.Count - most.Count(module => module >= 0), report.Missing(most)),
                    [int[] only] => (0, report.LeftOver(only)),
                    _ => (0, report.Ambiguous(found[0], found[1])),
                };
                // The way that comes furthest tells most.
                if (nearest is null || here.Distance < nearest.Value.Distance)
                    nearest = here;
            }
        }
        throw nearest?.Fault ?? mapFault!;
    }

    private static bool IsCount(string name) => name == Count || name.EndsWith($".{Count}", StringComparison.Ordinal);

    /// <summary>The places that the map says nothing of; null where there are no halves to tell apart.</summary>
    private static List<WeightSlot>? Slots(ModelLayout layout, IReadOnlySet<string> mapped, bool hasHalves)
    {
        var slots = new List<WeightSlot>();
        bool isHalved = false;
        foreach (ModelLayer layer in layout.Layers)
        {
            (string Member, int[] Shape)[] members = [.. layer.Members.Where(member => !mapped.Contains(layer.NameOf(member.Member)))];
            if (members.Length == 0)
                continue;
            if (!hasHalves || !layer.IsPosterior)
            {
                slots.Add(new WeightSlot(layer, null, members));
                continue;
            }
            isHalved = true;
            (string, int[])[] halves = [.. members.Select(member => (member.Member, (int[])[member.Shape[0] / 2, .. member.Shape[1..]]))];
            slots.Add(new WeightSlot(layer, 0, halves));
            slots.Add(new WeightSlot(layer, 1, halves));
        }
        return hasHalves && !isHalved ? null : slots;
    }

    private static IEnumerable<WeightSource> Joined(
        IReadOnlyList<WeightSlot> slots, IReadOnlyList<ForeignModule> modules, int[] chosen, bool isTransposed)
    {
        foreach (IGrouping<ModelLayer, int> places in Enumerable.Range(0, slots.Count).GroupBy(i => slots[i].Layer))
        {
            foreach ((string member, _) in slots[places.First()].Members)
            {
                int[] shape = places.Key.Members.First(one => one.Member == member).Shape;
                yield return new WeightSource(
                    places.Key, member, shape, [.. places.Select(i => modules[chosen[i]].Members[member])])
                {
                    IsTransposed = isTransposed,
                };
            }
        }
    }
}
