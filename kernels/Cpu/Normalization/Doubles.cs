using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// Four floats as doubles, to merge what chunks have in double precision: one by one the compiler's conversions wait for each
/// other. Loads may run behind what is asked for, as kernels' do.
/// </summary>
internal static unsafe class Doubles
{
    /// <summary>Numbers in a vector.</summary>
    public const int Count = 4;

    /// <summary>Vectors for so many numbers.</summary>
    public static int Blocks(int length) => (length + Count - 1) / Count;

    /// <summary>Four floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(float* source) =>
        Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe());

    /// <summary>The first of four floats, with zeros for the others where fewer are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> LoadFirst(float* source, int left) => First(Load(source), left);

    /// <summary>The first lanes, with zeros for the others where fewer are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> First(Vector256<double> value, int left) => left >= Count
        ? value
        : Vector256.ConditionalSelect(
            Vector256.LessThan(Vector256.Create(0L, 1, 2, 3), Vector256.Create((long)left)).AsDouble(), value,
            Vector256<double>.Zero);

    /// <summary>Stores four floats, or the first where fewer are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> value, int left, float* destination)
    {
        Vector128<float> floats = Vector128.Narrow(value.GetLower(), value.GetUpper());
        if (left >= Count)
        {
            floats.Store(destination);
            return;
        }
        for (int i = 0; i < left; i++)
            destination[i] = floats.GetElement(i);
    }
}
