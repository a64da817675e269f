using System.Runtime.CompilerServices;

namespace GpuVae.Kernels;

/// <summary>Conditions on the shapes of operands: a wrong shape is a mistake in the caller.</summary>
internal static class Shapes
{
    /// <summary>Throws where <paramref name="condition"/> does not hold.</summary>
    /// <exception cref="ArgumentException">Says the condition.</exception>
    public static void Require(
        bool condition, [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition)
            throw new ArgumentException($"Wrong shape: {expression} does not hold.");
    }

    /// <summary>Throws where two views differ in shape.</summary>
    public static void RequireSame(
        View<float> one, View<float> other, [CallerArgumentExpression(nameof(one))] string oneName = "",
        [CallerArgumentExpression(nameof(other))] string otherName = "")
    {
        if (one.Rows != other.Rows || one.Columns != other.Columns)
        {
            throw new ArgumentException(
                $"Wrong shape: {oneName} is ({one.Rows}, {one.Columns}) and {otherName} ({other.Rows}, {other.Columns}); "
                + "they must be the same.");
        }
    }

    /// <summary>Throws where memory that is read is written before it has been read.</summary>
    public static void RequireApart(
        View<float> source, View<float> destination, [CallerArgumentExpression(nameof(source))] string sourceName = "",
        [CallerArgumentExpression(nameof(destination))] string destinationName = "")
    {
        if (source.Buffer == destination.Buffer && source.Offset < destination.Offset + destination.Length
            && destination.Offset < source.Offset + source.Length)
        {
            throw new ArgumentException($"{destinationName} lies where {sourceName} is read; they must be apart.");
        }
    }

    /// <summary>Throws where counters are not (1, <see cref="Counter.Count"/>).</summary>
    public static void RequireCounters(View<int> counters) => Require(counters.Length == Counter.Count);

    /// <summary>Throws where a schedule is not (steps, <see cref="Schedule.Columns"/>).</summary>
    public static void RequireSchedule(View<float> schedule) => Require(schedule.Columns == Schedule.Columns);

    /// <summary>Throws where a posterior has not the columns of one of <paramref name="units"/> units.</summary>
    public static void RequirePosterior(
        View<float> posterior, Covariance covariance, int units,
        [CallerArgumentExpression(nameof(posterior))] string name = "",
        [CallerArgumentExpression(nameof(units))] string expression = "")
    {
        if (posterior.Columns != PosteriorWidth(covariance, units))
        {
            throw new ArgumentException(
                $"Wrong shape: {name} has {posterior.Columns} columns, and {expression} = {units} units need "
                + $"{PosteriorWidth(covariance, units)}.");
        }
    }

    /// <summary>Whether so many rows are K draws for each of so many images, for some K of 1 or more.</summary>
    public static bool AreDraws(long images, long draws) => images == 0 ? draws == 0 : draws > 0 && draws % images == 0;

    /// <summary>K, where <see cref="AreDraws"/>; 1 where there is no image.</summary>
    public static int Draws(long images, long draws) => images == 0 ? 1 : (int)(draws / images);

    /// <summary>Columns of a posterior of k units.</summary>
    public static int PosteriorWidth(Covariance covariance, int units) =>
        (2 * units) + (covariance == Covariance.Full ? units * (units - 1) / 2 : 0);
}
