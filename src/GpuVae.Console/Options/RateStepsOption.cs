using System.CommandLine;
using System.Globalization;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>Learning rates from epochs on, written as <c>5:5e-4,9:1e-4</c>.</summary>
internal static class RateStepsOption
{
    /// <summary>The option. Ask for its result first: an absent list reads as empty.</summary>
    public static Option<RateStep[]?> Create(string name, string description) =>
        new(name)
        {
            HelpName = "N:X,N:X,…",
            Description = description,
            CustomParser = argument =>
            {
                string typed = argument.Tokens[0].Value;
                var steps = new List<RateStep>();
                foreach (string part in typed.Split(','))
                {
                    string[] sides = part.Split(':');
                    if (sides.Length != 2
                        || !int.TryParse(sides[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
                        || !double.TryParse(sides[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double rate))
                    {
                        argument.AddError($"{name} {typed}: not a list of EPOCH:RATE such as 5:5e-4,9:1e-4");
                        return null;
                    }

                    steps.Add(new RateStep(epoch, rate));
                }

                return [.. steps];
            },
        };
}
