using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>A part of the loss that is measured for each image, known by its name.</summary>
/// <param name="Name">As metrics and reports have it: lower case, words joined by underscores.</param>
/// <param name="Weight">
/// What it counts in the loss; null where the objective decides that: 1 for the reconstruction, the weight of the step for
/// KL.
/// </param>
public sealed record LossTerm(string Name, double? Weight = null)
{
    /// <summary>−log p(x | z), the mean over the draws of an image. Every model has it.</summary>
    public static LossTerm Reconstruction { get; } = new("reconstruction");

    /// <summary>KL(q(z | x) ‖ p(z)) of a code that is drawn from a posterior.</summary>
    public static LossTerm Divergence { get; } = new("kl");
}

/// <summary>The terms of a model's loss under an objective, in the order of their rows.</summary>
/// <param name="terms">The reconstruction first, then the code's, then the objective's own.</param>
/// <exception cref="ArgumentException">A term has no name of that form, or the name of another.</exception>
public sealed class LossTerms(IReadOnlyList<LossTerm> terms)
{
    /// <summary>The terms, in the order of their rows.</summary>
    public IReadOnlyList<LossTerm> All { get; } = Checked(terms);

    /// <summary>R.</summary>
    public int Count => terms.Count;

    /// <summary>The row of a term.</summary>
    /// <exception cref="KeyNotFoundException">There is no such term.</exception>
    public int RowOf(LossTerm term)
    {
        ArgumentNullException.ThrowIfNull(term);
        for (int row = 0; row < terms.Count; row++)
        {
            if (terms[row].Name == term.Name)
                return row;
        }
        throw new KeyNotFoundException(
            $"There is no term {term.Name} in this loss; there is {string.Join(", ", terms.Select(one => one.Name))}.");
    }

    /// <summary>Whether there is such a term.</summary>
    public bool Has(LossTerm term) => terms.Any(one => one.Name == term.Name);

    /// <summary>The losses (1, B) of one term in a matrix (R, B).</summary>
    public View<float> Row(View<float> losses, LossTerm term) => losses.RowRange(RowOf(term), 1);

    private static IReadOnlyList<LossTerm> Checked(IReadOnlyList<LossTerm> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var names = new HashSet<string>();
        foreach (LossTerm term in terms)
        {
            if (string.IsNullOrEmpty(term.Name) || !char.IsAsciiLetterLower(term.Name[0])
                || !term.Name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'))
            {
                throw new ArgumentException(
                    $"\"{term.Name}\": a term has a name of lower case letters, digits and underscores.",
                    nameof(terms));
            }
            if (!names.Add(term.Name))
                throw new ArgumentException($"Two terms of the loss are called {term.Name}.", nameof(terms));
        }
        return terms;
    }

    /// <summary>Values of the terms, of one image, or sums or means over many.</summary>
    public LossValues Values(IReadOnlyList<double> values) => new(this, values);
}

/// <summary>A number for each term of a loss, in nats.</summary>
/// <param name="Terms">What the numbers are.</param>
/// <param name="Values">(R), in the order of the terms.</param>
public readonly record struct LossValues(LossTerms Terms, IReadOnlyList<double> Values)
{
    /// <summary>The value of a term.</summary>
    /// <exception cref="KeyNotFoundException">There is no such term.</exception>
    public double this[LossTerm term] => Values[Terms.RowOf(term)];

    /// <summary>−log p(x | z).</summary>
    public double Reconstruction => this[LossTerm.Reconstruction];

    /// <summary>KL(q(z | x) ‖ p(z)); 0 for a code without one.</summary>
    public double Divergence => GetOrZero(LossTerm.Divergence);

    /// <summary>The value of a term; 0 where there is none.</summary>
    public double GetOrZero(LossTerm term) => Terms.Has(term) ? this[term] : 0;

    /// <summary>Reconstruction + <paramref name="divergenceWeight"/> · KL + each other term times its own weight.</summary>
    public double Sum(double divergenceWeight) => Reconstruction + (divergenceWeight * Divergence) + SumOfWeighted();

    /// <summary>The terms that have a weight of their own, each times that: what an objective adds, whatever it makes of the others.</summary>
    public double SumOfWeighted()
    {
        double sum = 0;
        for (int row = 0; row < Terms.Count; row++)
        {
            if (Terms.All[row].Weight is double weight)
                sum += weight * Values[row];
        }
        return sum;
    }

    /// <summary>The names and values of the terms but some, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Others(params IReadOnlyList<LossTerm> known)
    {
        var others = new List<KeyValuePair<string, double>>();
        for (int row = 0; row < Terms.Count; row++)
        {
            string name = Terms.All[row].Name;
            if (known.All(term => term.Name != name))
                others.Add(new(name, Values[row]));
        }
        return others;
    }

    /// <summary>Whether the terms are called the same and have the same values.</summary>
    public bool Equals(LossValues other) =>
        Terms.All.SequenceEqual(other.Terms.All) && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Terms.Count, Reconstruction);

    /// <summary>The same with another number added to one of the terms.</summary>
    public LossValues Plus(LossTerm term, double addend)
    {
        double[] values = [.. Values];
        values[Terms.RowOf(term)] += addend;
        return this with { Values = values };
    }
}
