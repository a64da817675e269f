using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using Xunit;

namespace GpuVae.Tests.Support;

/// <summary>
/// What the text of a kernel must have, or must not: a driver refuses some of it, the rest is slow, inexact or wrong.
/// </summary>
/// <param name="Kernels">A pattern that finds the kernels by name; empty for all.</param>
/// <param name="Text">A pattern in their text.</param>
/// <param name="IsThere">True where the text must be there, false where it must not.</param>
/// <param name="Meaning">What the pattern finds, in words.</param>
internal sealed record TextRule(string Kernels, string Text, bool IsThere, string Meaning);

/// <summary>The text of every kernel that can be launched, compiled once for all tests of a class.</summary>
public abstract class KernelTexts
{
    private readonly ConcurrentDictionary<string, string> _texts = new();

    /// <summary>Compiles on all cores: a context serves one thread, and one that has failed is not used again.</summary>
    /// <param name="names">A pattern of the names to compile.</param>
    /// <param name="compile">From a kernel to its text.</param>
    private protected KernelTexts(string names, Func<Context, EntryPointDescription, string> compile)
    {
        if (!LongTests.AreAskedFor)
            return;
        var contexts = new ConcurrentBag<Context>();
        Parallel.ForEach(Find(names), kernel =>
        {
            if (!contexts.TryTake(out Context? context))
            {
                context = Context.Create(builder =>
                    builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).EnableAlgorithms());
            }
            string name = LaunchedKernels.Name(kernel);
            try
            {
                _texts[name] = compile(context, EntryPointDescription.FromExplicitlyGroupedKernel(kernel));
                contexts.Add(context);
            }
            catch (Exception exception)
            {
                context.Dispose();
                _texts[name] = $"not compiled: {exception}";
            }
        });
        foreach (Context context in contexts)
            context.Dispose();
    }

    /// <summary>The text of a kernel, which compiles.</summary>
    internal string Of(string kernel)
    {
        LongTests.Require();
        string text = _texts[kernel];
        Assert.False(text.StartsWith("not compiled", StringComparison.Ordinal), text);
        return text;
    }

    /// <summary>Holds the text of a kernel against every rule that is about it.</summary>
    internal void Check(string kernel, IEnumerable<TextRule> rules)
    {
        string text = Of(kernel);
        Assert.All(
            rules.Where(rule => Regex.IsMatch(kernel, rule.Kernels)),
            rule => Assert.True(
                Regex.IsMatch(text, rule.Text) == rule.IsThere,
                $"{(rule.IsThere ? "missing" : "found")}: {rule.Meaning}, {rule.Text}"));
    }

    /// <summary>A rule about no kernel says nothing.</summary>
    internal void CheckThatEachFindsKernels(IEnumerable<TextRule> rules)
    {
        LongTests.Require();
        Assert.All(rules, rule => Assert.Contains(_texts.Keys, kernel => Regex.IsMatch(kernel, rule.Kernels)));
    }

    /// <summary>The names of the kernels that a pattern finds, in order; one row stands for them where they are not asked for.</summary>
    protected static TheoryData<string> NamesOf(string names) =>
        LongTests.AreAskedFor ? [.. Find(names).Select(LaunchedKernels.Name).Order()] : ["all of them"];

    private static IEnumerable<MethodInfo> Find(string names) =>
        LaunchedKernels.Find().Where(kernel => Regex.IsMatch(LaunchedKernels.Name(kernel), names));
}
